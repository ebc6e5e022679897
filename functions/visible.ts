/** Unicode control and format characters, which move the cursor, colour or hide text, end lines or reverse the text's
 * direction. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Returns a text for one line of a terminal. Control characters and line breaks become JSON escapes (`\u001b`), so that
 * JSON keeps its meaning.
 * @see https://www.unicode.org/reports/tr44/#General_Category_Values */
export const visible = (text: string): string => text.replaceAll(UNSEEN, escaped);

function escaped(character: string): string {
  let text = '';
  for (let unit = 0; unit < character.length; unit++) {
    text += `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`;
  }
  return text;
}
