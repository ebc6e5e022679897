import { assessEvents } from '../../../functions/audit/assess/assess-events.ts';
import {
  assessChain,
  assessContent,
  assessFreshness,
  assessVersions,
} from '../../../functions/audit/assess/assess-tenant.ts';
import type { AuditReport } from '../../../functions/audit/audit-report.ts';
import { auditReport, tenantLine } from '../../../functions/audit/audit-report.ts';
import { dateFindings } from '../../../functions/audit/findings.ts';
import type { TenantHistory, VersionRecord } from '../../../functions/audit/history.ts';
import type { FleetPage } from '../../../functions/audit/report/fleet-page.ts';
import type { AuditSettings } from '../../../functions/audit/settings.ts';
import { completeSettings } from '../../../infra/settings.ts';
import { shippedSettings } from '../../infra/synthesize.ts';

/** A fleet as it never was: the same for every run, with everything that a page has to show. */

const NAMES = 'acme globex initech umbrella hooli stark wayne tyrell cyberdyne soylent'.split(' ');
const REGIONS = ['', '-eu', '-us', '-apac', '-staging'];
export const NOW = new Date('2026-03-31T06:17:00Z');
const DAY = 86_400_000;

const configuration = completeSettings(shippedSettings, 'tenantBackup');
export const SETTINGS: AuditSettings = configuration.auditSettings;

/** Numbers that look random and are not. */
function numbers(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const pick = <Item>(items: readonly Item[], chance: number): Item =>
  items[Math.floor(chance * items.length)] as Item;

interface Fate {
  /** Nights that failed, counted back from the last one, 0. */
  readonly failed?: readonly number[];
  readonly missed?: readonly number[];
  readonly late?: readonly number[];
  readonly broken?: readonly number[];
  readonly drilled?: readonly number[];
  readonly shrinks?: boolean;
}

const FATES: Readonly<Record<number, Fate>> = {
  1: { failed: [0, 1], late: [9] },
  2: { shrinks: true },
  4: { drilled: [3, 33, 63], late: [12, 40] },
  7: { broken: [2], missed: [20] },
  11: { failed: [30, 31, 32] },
  17: { drilled: [10, 40] },
  23: { late: [0, 5, 6] },
  31: { missed: [44, 45] },
};

/** @param tenants how many
 * @param busy how much of the nights has changes, 0 to 1 */
export function exampleFleet(tenants: number, busy = 0.25, nights = 90): FleetPage {
  const histories = Array.from({ length: tenants }, (_, index) => exampleHistory(index, nights, busy));
  const enrolled = histories.map(({ tenant }) => ({
    tenant,
    schedule: 'nightly',
    paused: false,
    enrolledAt: new Date('2025-06-01T00:00:00Z'),
  }));
  const judged = histories.map((history, index) =>
    assessFreshness(history, enrolled[index] ?? null, SETTINGS, NOW),
  );
  const findings = histories.flatMap((history, index) => [
    ...(judged[index]?.findings ?? []),
    ...assessVersions(history),
    ...assessChain(history, [], configuration.retentionPolicy, NOW),
    ...assessContent(history, SETTINGS, NOW),
    ...assessEvents(history, NOW),
  ]);
  const report: AuditReport = auditReport({
    findings: dateFindings(findings, [], NOW, SETTINGS.compareDays),
    tenants: histories.map((history, index) =>
      tenantLine(history, enrolled[index] ?? null, judged[index]?.freshness ?? 'left', NOW),
    ),
    keys: ['configuration', 'credentials', 'fingerprint'].map((purpose, index) => ({
      keyArn: `arn:aws:kms:eu-central-1:111122223333:key/${String(index).repeat(8)}-0000-4000-8000-000000000000`,
      purpose: purpose as 'configuration',
      labels: purpose === 'fingerprint' ? [] : ['first'],
      state: 'Enabled',
      principals: [],
      backups: purpose === 'fingerprint' ? 0 : tenants * 35,
      escrowed: 0,
      isDefault: true,
    })),
    vaultSettings: [],
    messagedAt: null,
    seconds: 41,
    previous: null,
    opened: tenants,
    unopened: 0,
    now: NOW,
  });
  return { report, histories, settings: SETTINGS };
}

function exampleHistory(index: number, nights: number, busy: number): TenantHistory {
  const tenant = `${NAMES[index % NAMES.length]}${REGIONS[Math.floor(index / NAMES.length) % REGIONS.length]}${index >= 50 ? `-${index}` : ''}`;
  const random = numbers(index);
  const fate = FATES[index] ?? {};
  const has = (list: readonly number[] | undefined, ago: number): boolean => list?.includes(ago) ?? false;
  const versions: VersionRecord[] = [];
  let clients = 40 + Math.floor(random() * 400);
  for (let ago = nights - 1; ago >= 0; ago--) {
    if (has(fate.failed, ago) || has(fate.missed, ago)) continue;
    const scheduled = new Date(Date.parse('2026-03-31T02:00:00Z') - ago * DAY);
    const stored = new Date(
      scheduled.getTime() + (has(fate.late, ago) ? 190 : 2 + Math.floor(random() * 20)) * 60_000,
    );
    const change = random() < busy && versions.length > 0 ? exampleChange(random) : null;
    if (change) clients += change.added - change.removed;
    if (fate.shrinks && ago === 0) clients = Math.floor(clients / 3);
    const previous = versions.at(-1);
    const broken = has(fate.broken, ago);
    versions.push({
      tier: 'daily',
      versionId: `${tenant}-${nights - ago}`,
      etag: `"${tenant}-${ago}"`,
      storedAt: stored.toISOString(),
      sizeBytes: 40_000 + clients * 610 + Math.floor(random() * 900),
      gone: ago > 37,
      verdict: broken ? 'broken' : 'ok',
      problem: broken
        ? { code: 'DIGEST_MISMATCH', message: 'hub.config must have SHA-256 5f70…, got 9a1c…' }
        : null,
      uploadedBy: null,
      manifest: {
        backupId: `${scheduled.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z-0123abcd`,
        scheduledTime: `${scheduled.toISOString().slice(0, 19)}Z`,
        tier: 'daily',
        previous: previous ? { versionId: previous.versionId, etag: previous.etag } : null,
        exportedAt: `${stored.toISOString().slice(0, 19)}Z`,
        contentTime: null,
        adopted: false,
        keys: [],
        escrow: false,
        objects: { tenant: 1, server: 6, client: clients, policy: 80, scope: 120 },
        credentials: clients + 30,
        warnings: index === 5 ? { blank_client_secrets: 2 } : {},
      },
      change: change && { ...change, from: previous?.versionId ?? '' },
    });
  }
  const at = (ago: number) => new Date(Date.parse('2026-03-31T05:00:00Z') - ago * DAY).toISOString();
  return {
    formatVersion: 1,
    tenant,
    versions: versions.toReversed(),
    failures: (fate.failed ?? []).map((ago) => ({
      scheduledTime: `${at(ago).slice(0, 10)}T02:00:00Z`,
      code: 'AUTHENTICATION_REFUSED',
      message: 'the token endpoint refused client "backup": invalid_client',
    })),
    checks: [],
    enrolments: [],
    events: (fate.drilled ?? []).map((ago) => ({
      kind: 'drill' as const,
      id: `drill-${ago}`,
      at: at(ago),
      ok: true,
      code: null,
    })),
  };
}

function exampleChange(random: () => number): NonNullable<VersionRecord['change']> {
  const differences = Array.from({ length: 1 + Math.floor(random() * 9) }, () => {
    const kind = pick(['added', 'removed', 'changed', 'changed', 'changed'] as const, random());
    const id = Math.floor(random() * 900);
    const type = pick(['client', 'policy', 'idp', 'service'], random());
    return {
      kind,
      type,
      at: `/servers/customers/${type === 'policy' ? 'policies' : `${type}s`}/${type}-${id}`,
      properties:
        kind === 'changed'
          ? ['/redirect_uris', '/grant_types/2', '/token_endpoint_auth_method', '/scopes'].slice(
              0,
              1 + Math.floor(random() * 4),
            )
          : [],
      secrets: type === 'client' && random() < 0.2 ? 1 : 0,
    };
  });
  const of = (kind: string) => differences.filter((difference) => difference.kind === kind).length;
  return {
    from: '',
    compared: 600,
    added: of('added'),
    removed: of('removed'),
    changed: of('changed'),
    secrets: differences.reduce((sum, { secrets }) => sum + secrets, 0),
    replaced: 0,
    missing: 0,
    differences,
  };
}
