/** Finds names in texts, but not parts of longer names, and replaces them. */

/** A letter or digit beside a name makes it another name. */
const isPartOfWord = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{N}]/u.test(character);

function* placesOf(text: string, word: string): Generator<number> {
  for (let at = text.indexOf(word); at >= 0 && word !== ''; at = text.indexOf(word, at + 1)) {
    if (!isPartOfWord(text[at - 1]) && !isPartOfWord(text[at + word.length])) yield at;
  }
}

export const mentionsWord = (text: string, word: string): boolean => !placesOf(text, word).next().done;

export const replaceWord = (text: string, word: string, other: string): string =>
  applyEdits(
    text,
    [...placesOf(text, word)].map((start) => ({ start, end: start + word.length, to: other })),
  );

/** Lower-cases the ASCII letters alone, so that every place in the text stays where it is. */
export const lowerCased = (text: string): string =>
  text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Finds a host name. A letter, a digit, a dot or a hyphen beside it makes it another name.
 * @param text and `host` in lower case, as host names have no case */
export function* placesOfHost(text: string, host: string): Generator<number> {
  const isHostCharacter = (character: string | undefined) =>
    character !== undefined && /[\p{L}\p{N}.-]/u.test(character);
  for (let at = text.indexOf(host); at >= 0; at = text.indexOf(host, at + 1)) {
    const after = text[at + host.length];
    // A dot at the end of a sentence, or of a fully qualified name, does not make a longer name.
    const endsHere =
      !isHostCharacter(after) || (after === '.' && !isHostCharacter(text[at + host.length + 1]));
    if (endsHere && !isHostCharacter(text[at - 1])) yield at;
  }
}

/** Replaces a piece of a text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly to: string;
}

/** Applies edits to a text in one pass, so that no edit changes the result of another. Of edits that overlap, the first
 * one counts, and of those the longest.
 * @param used called for each edit that counts */
export function applyEdits<Each extends Edit>(
  text: string,
  edits: readonly Each[],
  used: (edit: Each) => void = () => {},
): string {
  let result = '';
  let from = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (edit.start < from) continue;
    used(edit);
    result += text.slice(from, edit.start) + edit.to;
    from = edit.end;
  }
  return result + text.slice(from);
}
