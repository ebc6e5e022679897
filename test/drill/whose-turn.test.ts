import { describe, expect, test } from 'vitest';
import { entryOf } from '../../functions/audit/ledger-events.ts';
import { type DrillReport, parseDrill } from '../../functions/drill/drill-report.ts';
import { type DrillTools, skipUndrillable, whoseTurn } from '../../functions/drill/whose-turn.ts';
import { TenantBackupError } from '../../functions/errors.ts';
import { parseEnrolment } from '../../functions/tenant/enrolment/enrolment.ts';
import type { Manifest } from '../../functions/vault/format/manifest.ts';
import type { VaultVersion } from '../../functions/vault/storage/vault.client.ts';
import { rejectionOf } from '../rejection.ts';

const SETTINGS = { into: 'scratch', credentials: 'regenerate' } as const;
const NOW = new Date('2026-02-01T05:00:00.000Z');
const SCRATCH = parseEnrolment(
  JSON.stringify({
    issuer: 'https://scratch.example/scratch/system',
    clientId: 'drill',
    clientSecret: 'secret',
    scratch: true,
  }),
  'scratch',
);

interface Backup {
  readonly parts?: readonly string[];
  readonly issuer?: string;
  readonly shape?: 'tenant' | 'workspace';
  readonly warnings?: Readonly<Record<string, number>>;
  readonly isLimited?: boolean;
}
const manifestOf = (tenant: string, backup: Backup): Manifest =>
  ({
    tenant,
    trigger: 'schedule',
    resealed: null,
    parts: (backup.parts ?? ['hub', 'system']).flatMap((part) => [
      { name: `${part}.config` },
      { name: `${part}.credentials` },
    ]),
    source: {
      issuer: backup.issuer ?? `https://eu.example/${tenant}/system`,
      shape: backup.shape ?? 'tenant',
    },
    warnings: backup.warnings ?? {},
    ...(backup.isLimited && { limits: { by: 'request', credentials: false } }),
  }) as unknown as Manifest;

/** A vault with one backup of each tenant, and a ledger. */
function stageWith(backups: Readonly<Record<string, Backup>>) {
  const reports: DrillReport[] = [];
  const tools = {
    backedUp: async () => Object.keys(backups),
    now: () => NOW,
    vault: {
      listVersions: async (tier: string, tenant: string) =>
        tier === 'daily' ? [{ tier, tenant, versionId: tenant, etag: '', sizeBytes: 1, storedAt: NOW }] : [],
    },
    keptBackups: {
      manifest: async ({ tenant }: VaultVersion) => {
        const backup = backups[tenant];
        if (backup === undefined) throw new TenantBackupError('ARCHIVE_MALFORMED', 'no archive');
        return manifestOf(tenant, backup);
      },
    },
    enrolments: { get: async () => SCRATCH },
    ledger: {
      listAll: async () => reports.map(({ tenant, id }) => ({ tenant, id, writtenAt: NOW })),
      write: async (_: string, __: string, ___: string, report: DrillReport) => reports.push(report),
    },
  } as unknown as DrillTools;
  return { tools, reports };
}

const KINDS: readonly (readonly [what: string, backup: Backup, code: string, why: RegExp])[] = [
  ['only the system', { parts: ['system'] }, 'PART_ABSENT', /hold system, and a drill needs the hub/],
  ['only people', { parts: ['identity'] }, 'PART_ABSENT', /hold identity, and/],
  ['system and people', { parts: ['system', 'identity'] }, 'PART_ABSENT', /hold system and identity, and/],
  [
    'one workspace',
    { shape: 'workspace' },
    'NOT_SUPPORTED',
    /hold one workspace, and a drill needs a tenant/,
  ],
  ['limited backups', { isLimited: true }, 'NO_BACKUP', /limit|whole/],
  [
    'the scratch tenant under another name',
    { issuer: 'https://scratch.example/scratch/system' },
    'NOT_SCRATCH',
    /the scratch tenant must not be the drilled tenant/,
  ],
];

describe.each(KINDS)('a tenant with %s', (_, backup, code, why) => {
  test('is passed over, and says why once a turn', async () => {
    const { tools, reports } = stageWith({ a: backup, b: {}, c: {} });
    expect(await whoseTurn(SETTINGS, tools)).toBe('b');
    expect(reports).toMatchObject([{ tenant: 'a', verdict: 'skipped', code, problems: [{ code }] }]);
    expect(reports[0]?.problems[0]?.message).toMatch(why);
    expect(await whoseTurn(SETTINGS, tools)).toBe('b');
    expect(reports).toHaveLength(1);
  });

  test('is told to the person who names it, and fails no drill for the audit', async () => {
    const { tools, reports } = stageWith({ a: backup });
    expect(await skipUndrillable('a', SETTINGS, tools)).toMatchObject({ code });
    const [report] = reports as [DrillReport];
    const document = JSON.parse(JSON.stringify(report));
    expect(entryOf('drills', document)).toMatchObject({ tenant: 'a', event: null });
    expect(parseDrill(document, 'a', report.id)).toMatchObject({ verdict: 'skipped', code });
  });

  test('leaves nothing to drill if it is the only one', async () => {
    const { tools } = stageWith({ a: backup });
    const error = await rejectionOf(whoseTurn(SETTINGS, tools));
    expect(error).toMatchObject({ code: 'NO_BACKUP' });
    expect(error.message).toMatch(/^no tenant has a whole backup to drill, first /);
  });
});

describe('a drill is tried', () => {
  test.each<[what: string, tenant: string, backup: Backup]>([
    ['of a whole tenant', 'acme', {}],
    ['of one of many tenants in an enrolment', 'big--acme', { issuer: 'https://eu.example/acme/system' }],
    ['of the hub alone', 'acme', { parts: ['hub'] }],
    ['of a tenant on a vanity domain', 'acme', { issuer: 'https://login.acme.example/system' }],
    [
      'of a backup without its hub, whose export failed',
      'acme',
      { parts: ['system'], warnings: { missing_hub: 1 } },
    ],
  ])('%s', async (_, tenant, backup) => {
    const { tools, reports } = stageWith({ [tenant]: backup });
    expect(await whoseTurn(SETTINGS, tools)).toBe(tenant);
    expect(await skipUndrillable(tenant, SETTINGS, tools)).toBeNull();
    expect(reports).toEqual([]);
  });

  test('of an archive that cannot be read, so that the drill says what is wrong', async () => {
    const { tools } = stageWith({});
    expect(await whoseTurn({ ...SETTINGS, tenants: ['acme'] }, tools)).toBe('acme');
  });
});
