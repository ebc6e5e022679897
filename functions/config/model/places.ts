/** Sets of places in a document. The time of a lookup depends on the length of the place, not on the number of
 * places. */

/** JSON Pointers of places, and of everything around them. */
export interface Places {
  readonly at: ReadonlySet<string>;
  readonly around: ReadonlySet<string>;
}

export function placesOf(pointers: Iterable<string>): Places {
  const at = new Set(pointers);
  const around = new Set<string>();
  for (const pointer of at) {
    for (const owner of ownersOf(pointer)) {
      if (around.has(owner)) break;
      around.add(owner);
    }
  }
  return { at, around };
}

/** Tells whether a place is, holds, or lies within one of the places. */
export const isAmong = (pointer: string, { at, around }: Places): boolean =>
  at.size > 0 && (around.has(pointer) || isWithin(pointer, at));

/** Tells whether a place is, or lies within, one of the places. */
export function isWithin(pointer: string, places: ReadonlySet<string>): boolean {
  if (places.size === 0) return false;
  if (places.has(pointer)) return true;
  for (const owner of ownersOf(pointer)) if (places.has(owner)) return true;
  return false;
}

/** Lists the places that a place lies in, innermost first; the last one is the whole document, `""`. */
export function* ownersOf(pointer: string): Generator<string> {
  for (let end = pointer.lastIndexOf('/'); end >= 0; end = pointer.lastIndexOf('/', end - 1)) {
    yield pointer.slice(0, end);
    if (end === 0) return;
  }
}
