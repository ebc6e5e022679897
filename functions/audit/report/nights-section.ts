/** The grid of tenants and nights. */

import { showBytes } from '../../units.ts';
import { axis, type Column, sparkline, stackedBars } from './charts.ts';
import { count, html, type Markup, number, separated, shortDate } from './html.ts';
import type { Night, NightState } from './nights.ts';
import {
  describeNight,
  isEventful,
  nightAnchor,
  type TenantSection,
  type TenantView,
} from './tenant-section.ts';

const CLASSES: Readonly<Record<NightState, string>> = {
  taken: 't',
  unchanged: 'u',
  late: 'l',
  unopened: 'o',
  broken: 'b',
  failed: 'f',
  missed: 'm',
  none: '',
};

const LEGEND: readonly [NightState, string][] = [
  ['taken', 'taken and checked'],
  ['unchanged', 'unchanged'],
  ['late', 'late'],
  ['unopened', 'not opened yet'],
  ['failed', 'failed'],
  ['broken', 'broken'],
  ['missed', 'missing'],
  ['none', 'nothing due'],
];

/** Writes the grid of tenants and nights, with the fleet's charts below it.
 * @param sections sections of the same tenants, which the cells link to
 * @param left number of tenants that the page does not show */
export function nightsSection(
  views: readonly TenantView[],
  sections: readonly TenantSection[],
  dates: readonly string[],
  left: number,
): Markup {
  const head = dates.map(
    (date) => html`<td>${date.endsWith('-01') ? html`<span>${shortDate(date)}</span>` : ''}</td>`,
  );
  const rows = views.map(
    (view, index) =>
      html`<tr data-tenant="${view.line.tenant.toLowerCase()}"><th scope="row"><a href="#${view.id}">${view.line.tenant}</a></th>${view.nights.map((night) => cell(view, night, sections[index]?.listed.has(night.date) ?? false))}</tr>`,
  );
  return html`${[
    html`<section id="nights" aria-labelledby="h-nights"><h2 id="h-nights">The last ${dates.length} nights</h2>`,
    html`<p>One row for each tenant, the last night on the right. A dot in a cell says that something changed: follow it to see what. Arrow keys move from cell to cell.</p>`,
    html`<ul class="key">${LEGEND.map(([state, words]) => html`<li><i class="n ${CLASSES[state]}"></i>${words}</li>`)}<li><i class="n t c"></i>changed</li><li><i class="n t d"></i>drilled or restored</li></ul>`,
    html`<div class="scroll" tabindex="0" role="region" aria-label="Nights by tenant"><table class="grid"><thead><tr><th scope="col"><span class="sr">Tenant</span></th>${head}</tr></thead><tbody>${separated(rows, '\n')}</tbody></table></div>`,
    left > 0
      ? html`<p>${count(left, 'further tenant')} not shown: their lines are in <code>reports/latest.json</code>.</p>`
      : '',
    fleetCharts(views, dates),
    html`</section>`,
  ]}`;
}

/** Draws charts of all tenants together, night by night. */
function fleetCharts(views: readonly TenantView[], dates: readonly string[]): Markup {
  const nights = dates.map((_, index) => views.flatMap(({ nights: each }) => each[index] ?? []));
  const sizes = nights.map((of) => of.reduce((sum, { backups }) => sum + (backups[0]?.sizeBytes ?? 0), 0));
  const changed = nights.map((of) =>
    of.reduce(
      (sum, { backups }) =>
        sum +
        backups.reduce(
          (all, { change }) => all + (change ? change.added + change.removed + change.changed : 0),
          0,
        ),
      0,
    ),
  );
  const columns = nights.map((of): Column => {
    const having = (...states: NightState[]): number =>
      of.filter(({ state }) => states.includes(state)).length;
    return { f: having('failed', 'broken', 'missed'), l: having('late'), o: having('unopened') };
  });
  const trouble = columns.reduce((sum, column) => sum + Object.values(column).reduce((a, b) => a + b, 0), 0);
  const chart = (title: Markup, svg: Markup | ''): Markup =>
    html`<div><h4>${title}</h4>${svg}${axis(dates)}</div>`;
  return html`${[
    html`<div class="pair three">`,
    chart(
      html`Size of a night <strong>${showBytes(sizes.at(-1) ?? 0)}</strong>`,
      sparkline(sizes, 'size of all backups of a night'),
    ),
    chart(
      html`Objects changed <strong>${number(changed.at(-1) ?? 0)}</strong> in the last night`,
      stackedBars(
        changed.map((value) => ({ t: value })),
        'objects that changed, night by night',
      ),
    ),
    chart(
      html`Late, failed or missing <strong>${number(trouble)}</strong> in all`,
      stackedBars(columns, 'backups that were late, failed or are missing, night by night'),
    ),
    html`</div>`,
  ]}`;
}

function cell(view: TenantView, night: Night, isListed: boolean): Markup {
  if (night.state === 'none' && !isEventful(night)) return html`<td><i class="n"></i></td>`;
  const changed = night.backups.some(
    ({ change }) => change && change.added + change.removed + change.changed + (change.secrets ?? 0) > 0,
  );
  const classes = [
    'n',
    CLASSES[night.state],
    ...(changed ? ['c'] : []),
    ...(night.events.length > 0 ? ['d'] : []),
  ];
  const target = isListed ? nightAnchor(view, night) : view.id;
  return html`<td><a class="${classes.join(' ')}" href="#${target}" aria-label="${view.line.tenant}: ${describeNight(night)}"></a></td>`;
}
