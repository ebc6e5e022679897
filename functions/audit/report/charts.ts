/** Small charts as inline SVG: no script draws them, and no network is needed. */
import { html, type Markup, number, shortDate } from './html.ts';

const WIDTH = 260;
const HEIGHT = 44;
const PAD = 3;

/** Draws a line over time, with a dot at the newest value.
 * @param values null for a missing value, which the line skips
 * @param label description of the chart for screen readers */
export function sparkline(values: readonly (number | null)[], label: string): Markup | '' {
  const points = values.flatMap((value, index) => (value === null ? [] : [{ index, value }]));
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return '';
  const highest = Math.max(...points.map(({ value }) => value));
  const lowest = Math.min(...points.map(({ value }) => value));
  const spread = highest - lowest || Math.max(highest, 1);
  const base = highest === lowest ? highest - spread / 2 : lowest;
  const x = (index: number): number =>
    Math.round(PAD + (index / Math.max(values.length - 1, 1)) * (WIDTH - 2 * PAD));
  const y = (value: number): number =>
    Math.round(HEIGHT - PAD - ((value - base) / spread) * (HEIGHT - 2 * PAD));
  // Keep only the ends and the points where the line bends.
  const line = points
    .filter((point, at) => {
      const [before, after] = [points[at - 1], points[at + 1]];
      return !before || !after || before.value !== point.value || after.value !== point.value;
    })
    .map(({ index, value }) => `${x(index)},${y(value)}`)
    .join(' ');
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}" preserveAspectRatio="none"><polyline points="${line}"/><path d="M${x(last.index)},${y(last.value)}h.01"/></svg>`;
}

/** A column: the sizes of its parts from the bottom up, by stylesheet class. */
export type Column = Readonly<Record<string, number>>;

const BAR_WIDTH = 8;

/** Draws stacked columns. */
export function stackedBars(columns: readonly Column[], label: string): Markup {
  const total = (column: Column): number => Object.values(column).reduce((sum, part) => sum + part, 0);
  const highest = Math.max(1, ...columns.map(total));
  const bars = columns.map((column, index) => {
    let top = HEIGHT;
    const rectangles = Object.entries(column)
      .filter(([, part]) => part > 0)
      .map(([name, part]) => {
        const height = Math.max((part / highest) * HEIGHT, 1.5);
        top -= height;
        return html`<rect class="${name}" x="${index * BAR_WIDTH}" y="${top.toFixed(1)}" width="${BAR_WIDTH - 2}" height="${height.toFixed(1)}"/>`;
      });
    return rectangles;
  });
  return html`<svg class="bars" viewBox="0 0 ${columns.length * BAR_WIDTH} ${HEIGHT}" role="img" aria-label="${label}" preserveAspectRatio="none">${bars}</svg>`;
}

/** Labels the dates that the chart above spans. */
export const axis = (dates: readonly string[]): Markup =>
  html`<p class="axis"><span>${shortDate(dates[0] ?? '')}</span><span>${shortDate(dates.at(-1) ?? '')}</span></p>`;

/** Describes the change from the first value to the last. */
export function trend(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined || first === last) return 'unchanged';
  return `${last > first ? '+' : '−'}${number(Math.abs(last - first))}`;
}
