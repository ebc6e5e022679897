/** JSON that people write: a member that is there twice is a mistake, of which a parser sees only the last. */

/** An object or a list that the scan is in. */
interface Level {
  /** The names so far; null in a list. */
  readonly names: Set<string> | null;
  /** The present name, or index. */
  at: string | number;
  isNameNext: boolean;
}

/** Finds a member that an object names twice.
 * @param text valid JSON
 * @returns the JSON Pointer of the second one (RFC 6901); null if there is none */
export function findDuplicateMember(text: string): string | null {
  const levels: Level[] = [];
  for (let from = 0; from < text.length; from++) {
    const level = levels.at(-1);
    switch (text[from]) {
      case '{':
        levels.push({ names: new Set(), at: '', isNameNext: true });
        break;
      case '[':
        levels.push({ names: null, at: 0, isNameNext: false });
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      case ',':
        if (typeof level?.at === 'number') level.at++;
        else if (level) level.isNameNext = true;
        break;
      case '"': {
        const end = endOfText(text, from);
        if (level?.names && level.isNameNext) {
          const name: string = JSON.parse(text.slice(from, end));
          level.at = name;
          level.isNameNext = false;
          if (level.names.has(name)) return pointerOf(levels);
          level.names.add(name);
        }
        from = end - 1;
      }
    }
  }
  return null;
}

/** Returns the index after the closing quote. */
function endOfText(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

const pointerOf = (levels: readonly Level[]): string =>
  levels.map(({ at }) => `/${String(at).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
