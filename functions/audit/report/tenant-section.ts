/** A tenant's section of the page: a foldable line, with charts and the changes of each night. */

import { showBytes } from '../../units.ts';
import type { TenantLine } from '../audit-report.ts';
import type { NightChange, TenantHistory } from '../history.ts';
import { sparkline, trend } from './charts.ts';
import { count, duration, html, type Markup, number, separated, shortDate, shortTime } from './html.ts';
import type { Night } from './nights.ts';

/** A tenant's data for the page. */
export interface TenantView {
  /** Short unique id, with which the anchors of the tenant's nights begin. */
  readonly id: string;
  readonly line: TenantLine;
  readonly history: TenantHistory;
  readonly nights: readonly Night[];
}

export const nightAnchor = ({ id }: TenantView, { date }: Night): string =>
  `${id}-${date.slice(2).replaceAll('-', '')}`;

/** Tells whether a night has details that its cell does not show. */
export const isEventful = (night: Night): boolean =>
  night.failure !== null ||
  night.events.length > 0 ||
  night.backups.some(({ change, verdict }) => verdict === 'broken' || (change !== null && isChange(change)));

const isChange = ({ added, removed, changed, secrets }: NightChange): boolean =>
  added + removed + changed + (secrets ?? 0) > 0;

/** Describes a night in one line. */
export function describeNight({ date, state, backups, failure, events, objects }: Night): string {
  const [newest] = backups;
  const parts: string[] = [shortDate(date)];
  if (newest) {
    const at = `${newest.storedAt.slice(11, 16)} UTC`;
    parts.push(`${WORDS[state]} ${at}`, showBytes(newest.sizeBytes), count(objects, 'object'));
    if (newest.change) parts.push(summaryOf(newest.change));
    if (backups.length > 1) parts.push(`${backups.length} backups`);
  } else if (failure && state === 'failed') parts.push(`failed: ${failure.code}`);
  else parts.push(WORDS[state]);
  for (const { event, ended } of events) parts.push(`${event.kind} ${ended}`);
  return parts.join(', ');
}

const WORDS = {
  taken: 'taken',
  unchanged: 'unchanged',
  late: 'late, at',
  unopened: 'taken, not opened yet,',
  broken: 'broken,',
  failed: 'failed',
  missed: 'no backup and no reason recorded',
  none: 'nothing due',
} as const;

function summaryOf(change: NightChange): string {
  const { added, removed, changed, secrets } = change;
  if (!isChange(change)) return 'nothing changed';
  return [
    ...(added > 0 ? [`${number(added)} added`] : []),
    ...(removed > 0 ? [`${number(removed)} removed`] : []),
    ...(changed > 0 ? [`${number(changed)} changed`] : []),
    ...(secrets ? [`${count(secrets, 'secret')} replaced`] : []),
  ].join(', ');
}

/** A tenant's markup, and the nights that it lists. */
export interface TenantSection {
  readonly markup: Markup;
  /** Dates of the listed nights. */
  readonly listed: ReadonlySet<string>;
}

/** Writes a tenant's line and its foldable details.
 * @param nightsBytes limit of characters for the listed nights, newest first, which bounds the page */
export function tenantSection(view: TenantView, nightsBytes: number): TenantSection {
  const { id, line, nights } = view;
  const { tenant, freshness, newest } = line;
  const told = newest
    ? `newest ${duration(newest.ageSeconds)} old, ${showBytes(newest.sizeBytes)}, ${count(newest.objects, 'object')}`
    : 'no backup';
  const eventful = nights.filter(isEventful).toReversed();
  const quiet = nights.filter(({ state }) => state !== 'none').length - eventful.length;
  const listed = new Map<string, Markup>();
  let left = nightsBytes;
  for (const night of eventful) {
    const details = nightDetails(view, night);
    left -= details.text.length;
    if (left < 0) break;
    listed.set(night.date, details);
  }
  const older = eventful.length - listed.size;
  const pieces = [
    html`<details class="tenant" id="${id}" data-tenant="${tenant.toLowerCase()}">`,
    html`<summary><h3>${tenant}</h3> <span class="tag ${freshness}">${FRESHNESS[freshness]}</span> <span class="more">${told}</span></summary><div>`,
    html`<p>Schedule ${line.schedule ?? 'none'}. ${count(line.versions, 'version')} in the vault, ${showBytes(line.bytes)} in all.${newest ? html` Newest: version <code>${newest.versionId}</code> of ${shortTime(newest.storedAt)} in <code>${newest.tier}/${tenant}.tar</code>,${newest.checkedAt ? ` checked unchanged at ${shortTime(newest.checkedAt)},` : ''} with ${count(newest.credentials, 'credential')} sealed.` : ''}</p>`,
    charts(nights),
    ...listed.values(),
    older > 0
      ? html`<p class="more">${count(older, 'older night')} with changes: see <code>reports/tenants/${tenant}.json</code>.</p>`
      : '',
    quiet > 0 ? html`<p class="more">${count(quiet, 'night')} without anything to tell.</p>` : '',
    html`</div></details>`,
  ];
  return { markup: html`${pieces}`, listed: new Set(listed.keys()) };
}

const FRESHNESS: Readonly<Record<TenantLine['freshness'], string>> = {
  fresh: 'fresh',
  limited: 'fresh, limited as enrolled',
  stale: 'too old',
  none: 'no good backup',
  new: 'just enrolled',
  paused: 'paused',
  left: 'not enrolled',
};

function charts(nights: readonly Night[]): Markup | '' {
  const sizes = nights.map(({ backups }) => backups[0]?.sizeBytes ?? null);
  const objects = nights.map(({ backups, objects: each }) => (backups[0]?.manifest ? each : null));
  if (sizes.filter((size) => size !== null).length < 2) return '';
  const last = <Value>(values: readonly (Value | null)[]): Value | null =>
    values.findLast((value) => value !== null) ?? null;
  return html`${[
    html`<div class="pair">`,
    html`<div><h4>Size <strong>${showBytes(last(sizes) ?? 0)}</strong></h4>${sparkline(sizes, 'size of the backup, night by night')}</div>`,
    html`<div><h4>Objects <strong>${number(last(objects) ?? 0)}</strong> (${trend(objects)})</h4>${sparkline(objects, 'objects in the backup, night by night')}</div>`,
    html`</div>`,
  ]}`;
}

function nightDetails(view: TenantView, night: Night): Markup {
  const inside = [
    ...(night.failure ? [html`<p>${night.failure.code}: ${night.failure.message}</p>`] : []),
    ...night.backups.flatMap(({ problem, verdict }) =>
      verdict === 'broken' && problem ? [html`<p>${problem.code}: ${problem.message}</p>`] : [],
    ),
    ...night.events.map(
      ({ event: { kind, id, code }, ended }) =>
        html`<p>${kind} <code>${id}</code> ${ended}${ended === 'failed' || ended === 'refused' ? `: ${code ?? 'no reason'}` : ''}</p>`,
    ),
    ...night.backups.flatMap(({ change }) => (change && isChange(change) ? [differences(change)] : [])),
  ];
  return html`<details class="night" id="${nightAnchor(view, night)}"><summary>${describeNight(night)}</summary>${inside}</details>`;
}

/** Number of objects and properties that a night shows; the history has more. */
const MAX_SHOWN = 12;
const MAX_PROPERTIES = 6;

function differences({ differences: all, added, removed, changed }: NightChange): Markup {
  const shown = all.slice(0, MAX_SHOWN).map(({ kind, type, at, properties, secrets }) => {
    const named = properties.slice(0, MAX_PROPERTIES).map((property) => property.replace(/^\//, ''));
    const inside = [
      ...named,
      ...(properties.length > MAX_PROPERTIES ? [`${properties.length - MAX_PROPERTIES} more`] : []),
      ...(secrets > 0 && type !== 'credential' ? [`${count(secrets, 'secret')} replaced`] : []),
    ];
    return html`<li class="${kind}"><b>${type === 'credential' ? 'replaced' : kind}</b> ${type.replaceAll('_', ' ')} <span class="at">${at === '' ? 'the tenant itself' : at}</span>${inside.length > 0 ? html`<span class="p at">${separated(inside, ', ')}</span>` : ''}</li>`;
  });
  const rest = Math.max(added + removed + changed, all.length) - shown.length;
  return html`<ul class="diff">${shown}${rest > 0 ? html`<li>and ${number(rest)} more</li>` : ''}</ul>`;
}
