/** The report as one self-contained HTML page, which loads nothing and runs only its own script. */
import { createHash } from 'node:crypto';
import { type ExportKind, notCoveredBy } from '../../config/model/coverage.ts';
import { showBytes } from '../../units.ts';
import { describePrincipal } from '../../vault/keys/key-access.ts';
import { type AuditReport, dueTenants, type TenantLine } from '../audit-report.ts';
import type { Finding } from '../findings.ts';
import type { TenantHistory } from '../history.ts';
import type { AuditSettings } from '../settings.ts';
import { constantMarkup, count, duration, html, type Markup, number, separated, shortTime } from './html.ts';
import { daysBefore, nightsOf } from './nights.ts';
import { nightsSection } from './nights-section.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { type TenantSection, type TenantView, tenantSection } from './tenant-section.ts';

/** Content of the page. */
export interface FleetPage {
  readonly report: AuditReport;
  readonly histories: readonly TenantHistory[];
  readonly settings: Pick<AuditSettings, 'stack' | 'schedules' | 'lateMinutes' | 'everyHours'>;
  /** Number of nights that the page shows. @default - 90 */
  readonly nights?: number;
  /** Number of tenants that the page shows, those with findings first. @default - 200 */
  readonly maxTenants?: number;
}

/** Characters for the foldable nights of all tenants, which share them equally. */
const NIGHTS_CHARACTERS = 950_000;

/** Writes the page.
 * @returns HTML, which depends only on the input */
export function fleetPage({ report, histories, settings, nights = 90, maxTenants = 200 }: FleetPage): string {
  const auditedAt = new Date(report.auditedAt);
  const dates = daysBefore(report.auditedAt, nights);
  const byTenant = new Map(histories.map((history) => [history.tenant, history]));
  const lines = inOrder(report);
  const views = lines.slice(0, maxTenants).flatMap((line, index): TenantView[] => {
    const history = byTenant.get(line.tenant);
    if (!history) return [];
    const limit = line.schedule === null ? null : (settings.schedules[line.schedule] ?? null);
    return [{ id: `t${index}`, line, history, nights: nightsOf(history, limit, settings, dates, auditedAt) }];
  });
  const left = lines.length - views.length;
  const share = Math.floor(NIGHTS_CHARACTERS / Math.max(views.length, 1));
  const unfolding = views.map((view) => tenantSection(view, share));
  const sections = [
    attention(report.findings),
    nightsSection(views, unfolding, dates, left),
    tenants(unfolding),
    keysAndVault(report),
    coverage(histories),
  ];
  const title = `${settings.stack}: backups of ${report.auditedAt.slice(0, 10)}`;
  const pieces = [
    html`<!doctype html>\n<html lang="en"><head><meta charset="utf-8">`,
    html`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${sourceHash(STYLE)}; script-src ${sourceHash(SCRIPT)}; base-uri 'none'; form-action 'none'">`,
    html`<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">`,
    html`<title>${title}</title><style>${constantMarkup(STYLE)}</style></head><body>`,
    html`<a class="skip" href="#tenants">Skip to the tenants</a>`,
    header(report, settings),
    html`<main>${verdict(report)}${tiles(report)}${separated(sections, '\n')}</main>`,
    html`<footer><p>Times are S3’s own, in UTC. Backups are compared by their opened configurations; of credentials only keyed fingerprints are compared, and no value of any property is on this page.</p></footer>`,
    html`<script>${constantMarkup(SCRIPT)}</script></body></html>\n`,
  ];
  return html`${pieces}`.text;
}

/** Returns the CSP hash source of an inline style sheet or script.
 * @see https://www.w3.org/TR/CSP3/#grammardef-hash-source */
const sourceHash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const WORST_FIRST: readonly TenantLine['freshness'][] = [
  'none',
  'stale',
  'new',
  'limited',
  'fresh',
  'paused',
  'left',
];

/** Sorts the tenants: those with open findings first, then by freshness and name. */
function inOrder({ tenants: lines, findings }: AuditReport): TenantLine[] {
  const urgent = new Map<string, number>();
  for (const { tenant, severity } of findings) {
    if (tenant === null || severity === 'known') continue;
    urgent.set(tenant, Math.max(urgent.get(tenant) ?? 0, severity === 'alarm' ? 2 : 1));
  }
  const rank = ({ tenant }: TenantLine): number => urgent.get(tenant) ?? 0;
  return lines.toSorted(
    (a, b) =>
      rank(b) - rank(a) ||
      Number(a.freshness === 'left') - Number(b.freshness === 'left') ||
      WORST_FIRST.indexOf(a.freshness) - WORST_FIRST.indexOf(b.freshness) ||
      (a.tenant < b.tenant ? -1 : 1),
  );
}

const header = ({ auditedAt }: AuditReport, { stack }: FleetPage['settings']): Markup =>
  html`<header><div class="bar"><h1>Tenant Backup · ${stack}</h1><span>audited ${shortTime(auditedAt)}</span></div><nav aria-label="Sections"><a href="#nights">Nights</a> <a href="#tenants">Tenants</a> <a href="#keys">Keys and vault</a> <a href="#coverage">Coverage</a></nav></header>`;

function verdict({ findings, counts }: AuditReport): Markup {
  const alarms = findings.filter(({ severity }) => severity === 'alarm').length;
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  const kind = alarms > 0 ? 'alarm' : warnings > 0 ? 'warning' : 'good';
  const { fresh, limited, paused } = counts;
  const { due, waiting } = dueTenants(counts);
  const apart = [
    ...(limited > 0 ? [`${number(limited)} limited as enrolled`] : []),
    ...(waiting > 0 ? [`${count(waiting, 'tenant')} without a first backup yet`] : []),
    ...(paused > 0 ? [`${number(paused)} paused`] : []),
  ];
  const tail =
    kind === 'good'
      ? `${fresh > 0 ? 'Their newest backups are young enough and were opened and checked. ' : ''}${apart.length > 0 ? `${apart.join(', ')}.` : ''}`
      : `${[`${number(fresh)} of ${number(due)} are fresh`, ...apart].join(', ')}. ${count(alarms, 'alarm')} and ${count(warnings, 'warning')} below, with what to do.`;
  return html`<div class="verdict ${kind}"><strong>${headline(counts, alarms)}</strong><p>${tail}</p></div>`;
}

function headline(counts: AuditReport['counts'], alarms: number): string {
  const { tenants: all, fresh, limited, withoutFreshBackup } = counts;
  const { due, waiting } = dueTenants(counts);
  if (withoutFreshBackup > 0) {
    return `${number(withoutFreshBackup)} of ${count(due, 'tenant')} ${withoutFreshBackup === 1 ? 'has' : 'have'} no fresh backup.`;
  }
  if (alarms > 0) return `Backups need a look: ${count(alarms, 'alarm')}.`;
  if (all === 0) return 'No tenant is enrolled.';
  if (due === 0) return 'Every tenant is paused.';
  if (waiting === due) return 'No tenant has a backup yet.';
  if (waiting > 0 || limited > 0)
    return `${number(fresh)} of ${count(due, 'tenant')} ${fresh === 1 ? 'is' : 'are'} safe.`;
  return due === 1 ? 'The tenant is safe.' : `All ${number(due)} tenants are safe.`;
}

function tiles({ counts, tenants: lines, findings }: AuditReport): Markup {
  const oldest = lines
    .filter(({ freshness }) => freshness !== 'left' && freshness !== 'paused')
    .toSorted((a, b) => (b.newest?.ageSeconds ?? 0) - (a.newest?.ageSeconds ?? 0))[0];
  const tile = (term: string, value: string, more: string): Markup =>
    html`<div><dt>${term}</dt><dd>${value}<small>${more}</small></dd></div>`;
  const changed = lines.filter(({ newest }) => (newest?.changed ?? 0) > 0).length;
  return html`${[
    html`<dl class="tiles">`,
    tile(
      'Fresh',
      `${number(counts.fresh)} of ${number(dueTenants(counts).due)}`,
      'tenants with a backup within the limit of their schedule',
    ),
    tile(
      'Longest without backup',
      oldest?.newest ? duration(oldest.newest.ageSeconds) : '–',
      oldest?.newest ? oldest.tenant : 'no backup yet',
    ),
    tile(
      'In the vault',
      showBytes(counts.bytes),
      `${count(counts.versions, 'version')}, ${number(counts.unopened)} not opened yet`,
    ),
    tile(
      'Changed',
      count(counts.objectsChanged, 'object'),
      `in the newest backups of ${count(changed, 'tenant')}`,
    ),
    tile(
      'Findings',
      number(findings.filter(({ severity }) => severity !== 'known').length),
      `and ${number(findings.filter(({ severity }) => severity === 'known').length)} known ones`,
    ),
    html`</dl>`,
  ]}`;
}

/** Number of findings that the page shows; the report has all of them. */
const MAX_FINDINGS = 100;

function attention(findings: readonly Finding[]): Markup | '' {
  if (findings.length === 0) return '';
  const items = findings
    .slice(0, MAX_FINDINGS)
    .map(
      ({ severity, code, tenant, message, since, section, acknowledged }) =>
        html`<li><span class="tag ${severity}">${severity}</span><span>${tenant === null ? '' : html`<b>${tenant}</b> `}${message}</span><p><code>${code}</code> since ${shortTime(since)}. What to do: <code>docs/RUNBOOK.md#${section}</code>${acknowledged ? html`. Acknowledged by ${acknowledged.by}: ${acknowledged.reason}` : ''}</p></li>`,
    );
  const more = findings.length - items.length;
  return html`<section id="attention" aria-labelledby="h-attention"><h2 id="h-attention">Needs attention</h2><ul class="findings">${items}</ul>${more > 0 ? html`<p>and ${number(more)} more in <code>reports/latest.json</code></p>` : ''}</section>`;
}

function tenants(sections: readonly TenantSection[]): Markup {
  const filter =
    sections.length > 8
      ? html`<p class="filter" hidden><label>Show only tenants with <input type="search" autocomplete="off"></label></p>`
      : '';
  return html`<section id="tenants" aria-labelledby="h-tenants"><h2 id="h-tenants">Tenants</h2><p>Unfold a tenant for its sizes and for what changed from night to night.</p>${filter}${separated(
    sections.map(({ markup }) => markup),
    '\n',
  )}</section>`;
}

function keysAndVault({ keys, vaultSettings }: AuditReport): Markup {
  const rows = keys.map(
    ({ keyArn, purpose, labels, state, principals, backups, escrowed, isDefault }) =>
      html`<tr><td><span class="tag ${state === 'Enabled' ? 'fresh' : 'alarm'}">${state}</span></td><td>${purpose ?? 'none'}${isDefault ? ', default' : ''}</td><td>${labels.join(', ')}</td><td>${number(backups)}${escrowed > 0 ? ` (${number(escrowed)} with escrow)` : ''}</td><td>${principals === null ? 'unknown' : separated(principals.map(describePrincipal), '; ')}</td><td><code>${keyArn}</code></td></tr>`,
  );
  const settings =
    vaultSettings.length === 0
      ? html`<p>Versioning, lifecycle, Object Lock, bucket policy and public access of the vault are as deployed.</p>`
      : html`<ul>${vaultSettings.map(({ setting, expected, found }) => html`<li>${setting} must be “${expected}”, it is “${found}”</li>`)}</ul>`;
  return html`<section id="keys" aria-labelledby="h-keys"><h2 id="h-keys">Keys and vault</h2>${settings}<div class="wide" tabindex="0" role="region" aria-label="Keys"><table class="plain"><thead><tr><th>State</th><th>Seals</th><th>Label</th><th>Backups</th><th>Also lets in</th><th>Key</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

/** Describes what the backups hold and lack, by their exports. */
function coverage(histories: readonly TenantHistory[]): Markup {
  const kinds: readonly ExportKind[] = ['hub'];
  const warnings = new Map<string, number>();
  for (const { versions } of histories) {
    const newest = versions.find(({ gone, manifest }) => !gone && manifest);
    for (const [name, value] of Object.entries(newest?.manifest?.warnings ?? {}))
      warnings.set(name, (warnings.get(name) ?? 0) + value);
  }
  const noticed = [...warnings].map(
    ([name, value]) => html`<li>${name.replaceAll('_', ' ')}: ${number(value)}</li>`,
  );
  const lacking = notCoveredBy(kinds).map(
    ({ what, note }) => html`<tr><td>${what}</td><td>${note.replaceAll('`', '')}</td></tr>`,
  );
  return html`<section id="coverage" aria-labelledby="h-coverage"><h2 id="h-coverage">What the backups hold</h2><p>Backups hold what SecureAuth exports. What no export, or none of those that are made, holds is listed here; <code>docs/COVERAGE.md</code> has all of it.</p>${noticed.length > 0 ? html`<h3>Noticed in the newest backups, and accepted</h3><ul>${noticed}</ul>` : ''}<details><summary>${count(lacking.length, 'thing')} that a tree export lacks</summary><div class="wide" tabindex="0" role="region" aria-label="Not covered"><table class="plain"><thead><tr><th>What</th><th>Note</th></tr></thead><tbody>${lacking}</tbody></table></div></details></section>`;
}
