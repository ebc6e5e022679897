/** Control and format characters of Unicode: they move the cursor, colour or hide text, end lines, or turn the direction in
 * which text is read. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Returns a text for one line of a terminal: what a terminal would obey is written as JSON escapes it (`\u001b`), line breaks
 * included. JSON stays the same JSON.
 * @see https://www.unicode.org/reports/tr44/#General_Category_Values */
export const visible = (text: string): string => text.replaceAll(UNSEEN, escaped);

function escaped(character: string): string {
  let text = '';
  for (let unit = 0; unit < character.length; unit++) {
    text += `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`;
  }
  return text;
}
