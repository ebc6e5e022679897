/**
 * Tables of known places in an export. A pattern is a dotted path: a name, `*` for any member or element, and `a|b`
 * for either name. A cursor walks the table beside the document, one step per member, so that a lookup costs nothing
 * where the table has no entry below.
 */

/** The position of a walk in a table. Compiling makes all cursors: a step allocates nothing. */
export interface PathCursor<Mark extends string> {
  /** The table's marks for this place. */
  readonly marks: ReadonlySet<Mark>;
  readonly named: ReadonlyMap<string, PathCursor<Mark>>;
  /** For every other name; `undefined` if the table has nothing below. */
  readonly other: PathCursor<Mark> | undefined;
}

interface PatternNode<Mark extends string> {
  readonly members: Map<string, PatternNode<Mark>>;
  any: PatternNode<Mark> | undefined;
  readonly marks: Set<Mark>;
}

/** Compiles patterns into a table.
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
  return cursorAt([root]);
}

/** Returns the cursor one member or element further down; `undefined` where the table has nothing. */
export function step<Mark extends string>(
  cursor: PathCursor<Mark> | undefined,
  key: string,
): PathCursor<Mark> | undefined {
  return cursor === undefined ? undefined : (cursor.named.get(key) ?? cursor.other);
}

const newNode = <Mark extends string>(): PatternNode<Mark> => ({
  members: new Map(),
  any: undefined,
  marks: new Set(),
});

function below<Mark extends string>(node: PatternNode<Mark>, segment: string): PatternNode<Mark>[] {
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

/** Makes one cursor for all patterns that a path may still follow: a name that one pattern spells out may match `*`
 * in another. */
function cursorAt<Mark extends string>(nodes: readonly PatternNode<Mark>[]): PathCursor<Mark> {
  const anyNodes = nodes.flatMap(({ any }) => any ?? []);
  const names = new Set(nodes.flatMap(({ members }) => [...members.keys()]));
  const named = new Map<string, PathCursor<Mark>>();
  for (const name of names) {
    named.set(name, cursorAt([...nodes.flatMap(({ members }) => members.get(name) ?? []), ...anyNodes]));
  }
  return {
    marks: new Set(nodes.flatMap(({ marks }) => [...marks])),
    named,
    other: anyNodes.length === 0 ? undefined : cursorAt(anyNodes),
  };
}
