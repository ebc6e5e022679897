/** Tells whether a text matches a pattern, in which `*` stands for any text, also an empty one. `\*` is an asterisk and
 * `\\` a backslash; a backslash before anything else is itself. It uses no regular expression of the pattern, because
 * some patterns would make one run for ever. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const pieces = piecesOf(pattern);
  const first = pieces[0] as string;
  if (pieces.length === 1) return text === first;
  const last = pieces.at(-1) as string;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return true;
}

/** Splits a pattern at its wildcards. */
function piecesOf(pattern: string): string[] {
  if (!pattern.includes('\\')) return pattern.split('*');
  const pieces = [''];
  for (const [token] of pattern.matchAll(/\\[\\*]|./gs)) {
    if (token === '*') pieces.push('');
    else pieces.push(`${pieces.pop()}${token === '\\\\' || token === '\\*' ? token[1] : token}`);
  }
  return pieces;
}
