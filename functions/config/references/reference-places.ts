/** The places of references in the bodies of objects, and the walk that visits them. */
import { isContainer, isObject, type Json, type JsonObject } from '../json/json.ts';
import { type PathCursor, pathTable, step } from '../model/path-table.ts';

interface Rule {
  readonly named: 'byValue' | 'byMembers';
}

/** A place in a body. Its rules are a list, because the walk reads them many times. */
export interface ReferencePlace<Each extends Rule> {
  readonly rules: readonly Each[];
  readonly named: ReadonlyMap<string, ReferencePlace<Each>>;
  /** For every other name; `undefined` if there is nothing below. */
  readonly other: ReferencePlace<Each> | undefined;
}

const BODY = 'body';

/** Compiles the patterns of one type of object.
 * @param patterns see `path-table.ts`; `""` is the body itself
 * @returns the place of the body */
export function referencePlace<Mark extends string, Each extends Rule>(
  patterns: Readonly<Record<string, Mark>>,
  rules: Readonly<Record<Mark, Each>>,
): ReferencePlace<Each> {
  const entries = Object.entries(patterns).map(
    ([pattern, mark]) => [pattern === '' ? BODY : `${BODY}.${pattern}`, mark] as const,
  );
  const placeOf = ({ marks, named, other }: PathCursor<Mark>): ReferencePlace<Each> => ({
    rules: [...marks].map((mark) => rules[mark]),
    named: new Map([...named].map(([name, below]) => [name, placeOf(below)])),
    other: other && placeOf(other),
  });
  return placeOf(step(pathTable(entries), BODY) as PathCursor<Mark>);
}

/** @param keys from the object's body to the member that names something; valid only during the call */
type VisitName<Each> = (rule: Each, id: string, keys: readonly string[]) => void;

/** Visits every id and name that a body holds at the places. Missing, null, `""` and values other than texts name nothing.
 * @param place of the body; `undefined` if its type has no references */
export function visitNames<Each extends Rule>(
  place: ReferencePlace<Each> | undefined,
  body: Json,
  visit: VisitName<Each>,
): void {
  if (place !== undefined) visitNamesIn(body, place, [], visit);
}

/** Follows the table only: a few steps, however deep the body is. */
function visitNamesIn<Each extends Rule>(
  value: Json,
  place: ReferencePlace<Each>,
  keys: string[],
  visit: VisitName<Each>,
): void {
  for (const rule of place.rules) {
    if (rule.named === 'byMembers') {
      if (!isObject(value)) continue;
      for (const id of Object.keys(value)) visit(rule, id, [...keys, id]);
    } else if (typeof value === 'string' && value !== '') visit(rule, value, keys);
  }
  if (typeof value === 'string' || !isContainer(value)) return;
  const { named, other } = place;
  for (const key of other === undefined ? named.keys() : Object.keys(value)) {
    const below = named.get(key) ?? other;
    if (below === undefined || !Object.hasOwn(value, key)) continue;
    keys.push(key);
    visitNamesIn((value as JsonObject)[key] as Json, below, keys, visit);
    keys.pop();
  }
}
