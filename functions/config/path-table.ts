/**
 * Tables of known places in an export. A pattern is a dotted path: a name, `*` for any member or element, and `a|b`
 * for either name. A cursor walks the table beside the document, one step per member, so that a lookup costs nothing
 * where the table has no entry below.
 */

interface PathNode<Mark extends string> {
  readonly members: Map<string, PathNode<Mark>>;
  any: PathNode<Mark> | undefined;
  readonly marks: Set<Mark>;
}

/** Where a walk stands in a table: every entry that the path so far may belong to. */
export type PathCursor<Mark extends string> = readonly PathNode<Mark>[];

const newNode = <Mark extends string>(): PathNode<Mark> => ({
  members: new Map(),
  any: undefined,
  marks: new Set(),
});

/** Compile patterns into a table.
 * @returns the cursor at the document's root */
export function pathTable<Mark extends string>(
  entries: Iterable<readonly [pattern: string, mark: Mark]>,
): PathCursor<Mark> {
  const root = newNode<Mark>();
  for (const [pattern, mark] of entries) {
    let nodes = [root];
    for (const segment of pattern.split('.')) nodes = nodes.flatMap((node) => below(node, segment));
    for (const node of nodes) node.marks.add(mark);
  }
  return [root];
}

function below<Mark extends string>(node: PathNode<Mark>, segment: string): PathNode<Mark>[] {
  if (segment === '*') {
    node.any ??= newNode();
    return [node.any];
  }
  return segment.split('|').map((name) => {
    const known = node.members.get(name) ?? newNode<Mark>();
    node.members.set(name, known);
    return known;
  });
}

/** The cursor one member or element further down. */
export function step<Mark extends string>(cursor: PathCursor<Mark>, key: string): PathCursor<Mark> {
  if (cursor.length === 0) return cursor;
  const next: PathNode<Mark>[] = [];
  for (const node of cursor) {
    const named = node.members.get(key);
    if (named !== undefined) next.push(named);
    if (node.any !== undefined) next.push(node.any);
  }
  return next;
}

/** Whether the place is marked so in the table. */
export function marked<Mark extends string>(cursor: PathCursor<Mark>, mark: Mark): boolean {
  for (const node of cursor) if (node.marks.has(mark)) return true;
  return false;
}
