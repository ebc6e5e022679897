/** Replaces names in texts, but not parts of longer names. */

/** A letter or digit beside a name makes it another name. */
const isPartOfWord = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{N}]/u.test(character);

function* placesOf(text: string, word: string): Generator<number> {
  for (let at = text.indexOf(word); at >= 0 && word !== ''; at = text.indexOf(word, at + 1)) {
    if (!isPartOfWord(text[at - 1]) && !isPartOfWord(text[at + word.length])) yield at;
  }
}

export const mentionsWord = (text: string, word: string): boolean => !placesOf(text, word).next().done;

export function replaceWord(text: string, word: string, other: string): string {
  let result = '';
  let from = 0;
  for (const at of placesOf(text, word)) {
    if (at < from) continue;
    result += text.slice(from, at) + other;
    from = at + word.length;
  }
  return result + text.slice(from);
}

/** Replaces a host name. A letter, a digit, a dot or a hyphen beside it makes it another name. */
export function replaceHost(text: string, host: string, other: string): string {
  const isHostCharacter = (character: string | undefined) =>
    character !== undefined && /[\p{L}\p{N}.-]/u.test(character);
  let result = '';
  let from = 0;
  for (let at = text.indexOf(host); at >= 0 && host !== ''; at = text.indexOf(host, at + 1)) {
    const after = text[at + host.length];
    // A dot at the end of a sentence, or of a fully qualified name, does not make a longer name.
    const endsHere =
      !isHostCharacter(after) || (after === '.' && !isHostCharacter(text[at + host.length + 1]));
    if (at < from || isHostCharacter(text[at - 1]) || !endsHere) continue;
    result += text.slice(from, at) + other;
    from = at + host.length;
  }
  return result + text.slice(from);
}
