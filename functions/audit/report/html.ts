/** HTML templates that escape every value that is not markup already. */

import type { SCRIPT } from './script.ts';
import type { STYLE } from './style.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A piece of a page. Only `html` and `constantMarkup` create one. */
class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type { Markup };

/** A value in a template: text is escaped, list items are joined. */
type Content = string | number | Markup | readonly Content[];

const markupOf = (content: Content): string => {
  if (content instanceof Markup) return content.text;
  if (typeof content === 'object') return content.map(markupOf).join('');
  return String(content).replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
};

/** Writes markup. It escapes every value that is not markup, for content and quoted attributes.
 * @see https://html.spec.whatwg.org/multipage/syntax.html#attributes-2 */
export const html = (pieces: TemplateStringsArray, ...between: readonly Content[]): Markup =>
  new Markup(pieces.reduce((text, piece, index) => text + markupOf(between[index - 1] ?? '') + piece));

/** Wraps the style sheet or the script, whose text must not be escaped. */
export const constantMarkup = (constant: typeof STYLE | typeof SCRIPT): Markup => new Markup(constant);

/** Puts a separator between items. */
export const separated = (items: readonly Content[], separator: string): Content[] =>
  items.flatMap((item, index) => (index === 0 ? [item] : [separator, item]));

/** Formats a number: 12,345. */
export const number = (value: number): string => value.toLocaleString('en-US');

/** Formats a duration by its two largest units: 3 days 4 h. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.max(0, Math.round(seconds))} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} days` : `${days} days ${hours % 24} h`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Formats a date: 7 Mar.
 * @param date `yyyy-mm-dd` */
export const shortDate = (date: string): string =>
  `${Number(date.slice(8, 10))} ${MONTHS[Number(date.slice(5, 7)) - 1]}`;

/** Formats a time: 7 Mar 2026, 02:00 UTC.
 * @param time RFC 3339 in UTC */
export const shortTime = (time: string): string =>
  `${shortDate(time)} ${time.slice(0, 4)}, ${time.slice(11, 16)} UTC`;

/** Formats a count with its noun: `count(1, 'tenant')` is `1 tenant`, `count(2, 'tenant')` is `2 tenants`. */
export const count = (value: number, noun: string): string =>
  `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
