/** Returns whether a stream can redraw a line: a terminal that supports it (not `TERM=dumb`), outside CI services (`CI`). Some
 * containers report 0 columns; redrawing there would never end. */
export function canMoveLines({ isTTY, columns }: NodeJS.WriteStream): boolean {
  const { CI, TERM } = process.env;
  return isTTY && columns !== 0 && CI === undefined && TERM !== 'dumb';
}
