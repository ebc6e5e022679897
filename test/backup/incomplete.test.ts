import { describe, expect, test } from 'vitest';
import { isNight, manifestRecord } from '../../functions/audit/history.ts';
import { backUpTenant } from '../../functions/backup/backup.ts';
import { takeSafetyBackup } from '../../functions/backup/take-safety-backup.ts';
import { stringifyJson } from '../../functions/config/json/json.ts';
import { type ErrorCode, type Facts, TenantBackupError } from '../../functions/errors.ts';
import { extentWarning } from '../../functions/plan/backup-warnings.ts';
import type { Tenant } from '../../functions/tenant/api/tenant.client.ts';
import { parseEnrolmentValue } from '../../functions/tenant/enrolment/enrolment.ts';
import type { TenantPart } from '../../functions/tenant/enrolment/enrolment-schema.ts';
import { unpackArchive } from '../../functions/vault/format/archive.ts';
import type { Manifest } from '../../functions/vault/format/manifest.ts';
import { requestedDocuments } from '../../functions/vault/format/requested-documents.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { redactTenant } from '../../scripts/sandbox/state/redact.ts';
import { rejectionOf } from '../rejection.ts';
import { MemoryVault } from '../vault/memory-vault.ts';
import { SampleKeys } from '../vault/sample-backup.ts';
import { clockFrom, memoryClaims } from './memory-claims.ts';

/** What a part whose export fails does to the others: real sealing, exports from memory. */

const [demo] = demoTenants();
if (!demo) throw new Error('there is no demonstration tenant');
const full = stringifyJson(demo.tree);
const mask = stringifyJson(redactTenant(structuredClone(demo.tree) as never));
const dump = stringifyJson({ tenant: { id: 'acme' }, servers: [{ id: 'system', secret: 'a secret' }] });

const request = { tenant: 'acme', tier: 'daily', scheduledTime: '2026-01-31T02:00:00Z' } as const;
const failure = (code: ErrorCode, facts: Facts = {}) =>
  new TenantBackupError(code, 'the export failed', facts);
const denied = failure('PERMISSION_DENIED', { status: 403 });

function setting(
  failures: Partial<Record<TenantPart, TenantBackupError>>,
  identity: object = demo?.identity ?? {},
) {
  const keys = new SampleKeys();
  const vault = new MemoryVault();
  const answer = async (part: TenantPart, text: string) => {
    if (failures[part]) throw failures[part];
    return Buffer.from(text);
  };
  const apis = {
    hub: {
      exportTree: ({ withCredentials }: { withCredentials: boolean }) =>
        answer('hub', withCredentials ? full : mask),
    },
    system: { exportDump: () => answer('system', dump) },
    identity: { exportDump: () => answer('identity', stringifyJson(identity as never)) },
  } as unknown as Tenant;
  const enrolment = parseEnrolmentValue(
    {
      issuer: 'https://acme.example.com/acme/system',
      clientId: 'backup',
      clientSecret: 'secret of the test',
      parts: ['hub', 'system', 'identity'],
    },
    'acme',
  );
  let ids = 0;
  const clock = clockFrom('2026-01-31T02:00:07Z');
  const tools = {
    vault,
    retention: { promote: ['weekly', 'monthly'] } as never,
    sealer: keys.sealer(),
    signer: keys.signer,
    ledger: memoryClaims(),
    now: clock.now,
    fingerprintKeys: { derive: async () => Buffer.alloc(32, 1) },
    keys: { configuration: keys.configuration, credentials: keys.credentials },
    randomHex: () => String(++ids).padStart(8, '0'),
    randomUuid: () => '0f0e0d0c-0000-4000-8000-000000000000',
    retryTools: { sleep: clock.sleep, random: () => 0 },
    connect: () => apis,
  };
  const newest = async (): Promise<{ manifest: Manifest; parts: string[] } | null> => {
    const [version] = await vault.listVersions('daily', 'acme');
    if (version === undefined) return null;
    const bytes = await vault.get(version);
    return {
      manifest: unpackArchive(bytes).manifest,
      parts: [...(await keys.openAll(bytes)).keys()],
    };
  };
  return { vault, tools, newest, enrolment, apis };
}

const HELD = {
  hub: ['hub.config', 'hub.credentials'],
  system: ['system.config', 'system.credentials'],
  identity: ['identity.credentials'],
};
const ALL = ['hub', 'system', 'identity'] as const;

describe('a part that fails for good', () => {
  test.each<TenantPart[][]>([
    [['hub']],
    [['system']],
    [['identity']],
    [['hub', 'system']],
    [['system', 'identity']],
  ])('does not take the others with it: %j', async (missing) => {
    const { tools, enrolment, newest } = setting(Object.fromEntries(missing.map((part) => [part, denied])));
    const held = ALL.filter((part) => !missing.includes(part));
    const error = await rejectionOf(backUpTenant(request, enrolment, tools));
    expect(error).toMatchObject({
      code: 'PERMISSION_DENIED',
      message: `the export failed; incomplete version version-1 holds ${held.join(' and ')} without ${missing.join(' and ')}`,
      facts: { status: 403, missing, versionId: 'version-1' },
    });
    const stored = await newest();
    expect(stored?.parts).toEqual(held.flatMap((part) => HELD[part]));
    expect(stored?.manifest.warnings).toMatchObject(
      Object.fromEntries(missing.map((part) => [`missing_${part}`, 1])),
    );
  });

  test('leaves a backup that is never taken for a whole one', async () => {
    const { vault, tools, enrolment, newest } = setting({ hub: denied });
    await rejectionOf(backUpTenant(request, enrolment, tools));
    const { manifest } = (await newest()) as { manifest: Manifest };
    // Neither for the request's, nor for that of a week or a month.
    expect(await vault.findScheduled('daily', 'acme', request.scheduledTime)).toBeNull();
    expect(await vault.listVersions('weekly', 'acme')).toEqual([]);
    expect(await vault.listVersions('monthly', 'acme')).toEqual([]);
    // Nor by the audit, a plan, or a restore, which would put the system's in the place of the hub's.
    expect(isNight({ tier: 'daily', manifest: manifestRecord(manifest) } as never)).toBe(false);
    expect(extentWarning(manifest)).toMatchObject({
      code: 'BACKUP_INCOMPLETE',
      message: expect.stringContaining('the export of hub failed'),
    });
    expect(await rejectionOf(async () => requestedDocuments(undefined, manifest))).toMatchObject({
      code: 'PART_ABSENT',
      message: expect.stringContaining('has no hub document, as it is incomplete: the export failed'),
    });
    expect(requestedDocuments(['system'], manifest)).toEqual(['system']);
  });

  test('is backed up again with the others once it answers, for the same time', async () => {
    const failures: Partial<Record<TenantPart, TenantBackupError>> = { identity: denied };
    const { tools, enrolment, newest } = setting(failures);
    await rejectionOf(backUpTenant(request, enrolment, tools));
    delete failures.identity;
    expect(await backUpTenant(request, enrolment, tools)).toMatchObject({
      outcome: 'stored',
      promoted: ['weekly', 'monthly'],
    });
    const stored = await newest();
    expect(stored?.parts).toEqual(ALL.flatMap((part) => HELD[part]));
    expect(stored && extentWarning(stored.manifest)).toBeNull();
  });

  test('is a failure of the whole where no part answers', async () => {
    const { tools, enrolment, newest } = setting({ hub: denied, system: denied, identity: denied });
    expect(await rejectionOf(backUpTenant(request, enrolment, tools))).toMatchObject({
      message: 'the export failed',
    });
    expect(await newest()).toBeNull();
  });
});

describe('a part whose failure may pass', () => {
  test.each([
    failure('TENANT_UNAVAILABLE'),
    failure('AUTHENTICATION_REFUSED', { error: 'invalid_client' }),
    failure('UNEXPECTED_RESPONSE', { foreign: true }),
  ])('keeps the others waiting while the queue still tries: $code', async (passing) => {
    const { tools, enrolment, newest } = setting({ identity: passing });
    expect(await rejectionOf(backUpTenant(request, enrolment, tools))).toBe(passing);
    expect(await newest()).toBeNull();
    const last = await rejectionOf(backUpTenant(request, enrolment, tools, true));
    expect(last).toMatchObject({ code: passing.code, facts: { missing: ['identity'] } });
    expect((await newest())?.parts).toEqual([...HELD.hub, ...HELD.system]);
  });

  test('is told before one that failed for good', async () => {
    const passing = failure('TENANT_UNAVAILABLE');
    const { tools, enrolment, newest } = setting({ hub: denied, identity: passing });
    expect(await rejectionOf(backUpTenant(request, enrolment, tools))).toBe(passing);
    expect(await newest()).toBeNull();
  });
});

describe('a safety backup', () => {
  const safety = (failures: Parameters<typeof setting>[0]) => {
    const { tools, vault, enrolment, apis } = setting(failures);
    const { tier: _, ...about } = request;
    const taken = takeSafetyBackup({ ...about, enrolment, apis }, new Set(['hub'] as const), tools);
    return { taken, vault };
  };

  test('is taken although a part fails that is not restored', async () => {
    const { manifest } = await safety({ identity: denied }).taken;
    expect(manifest.warnings).toMatchObject({ missing_identity: 1 });
  });

  test('is not taken without the part that is restored', async () => {
    const { taken, vault } = safety({ hub: denied });
    expect(await rejectionOf(taken)).toBe(denied);
    expect(await vault.listVersions('safety', 'acme')).toEqual([]);
  });
});

test('a tenant without pools has a whole backup, with an empty part', async () => {
  const { tools, enrolment, newest } = setting({}, {});
  expect(await backUpTenant(request, enrolment, tools)).toMatchObject({ outcome: 'stored' });
  const stored = await newest();
  expect(stored?.parts).toEqual(ALL.flatMap((part) => HELD[part]));
  expect(stored && extentWarning(stored.manifest)).toBeNull();
});
