/** Whether a line may be drawn over and over there: not in a file or pipe, not where nobody watches (`CI`, the convention of
 * CI services), not on a terminal that cannot (`TERM=dumb`) or that says it is 0 columns wide, as in some containers, where
 * a line would move for ever. */
export function canMoveLines({ isTTY, columns }: NodeJS.WriteStream): boolean {
  const { CI, TERM } = process.env;
  return isTTY && columns !== 0 && CI === undefined && TERM !== 'dumb';
}
