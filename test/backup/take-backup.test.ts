import { GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import {
  type BackupTools,
  beginBackup,
  finishBackup,
  takeSafetyBackup,
} from '../../functions/backup/take-backup.ts';
import { stringifyJson } from '../../functions/config/json.ts';
import { TenantBackupError } from '../../functions/errors.ts';
import { parseEnrolmentValue } from '../../functions/tenant/enrolment.ts';
import type { TenantPart } from '../../functions/tenant/enrolment-schema.ts';
import type { Tenant } from '../../functions/tenant/tenant.client.ts';
import type { PartName } from '../../functions/vault/manifest.ts';
import { createSealer } from '../../functions/vault/sealer.client.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { redactTenant } from '../../scripts/sandbox/state/redact.ts';
import { rejectionOf } from '../rejection.ts';
import { MemoryVault } from '../vault/memory-vault.ts';
import { openAll, SampleKeys } from '../vault/sample-backup.ts';

/** When the data keys of a backup are asked for, and what becomes of them: real sealing, exports from memory. */

const [demo] = demoTenants();
if (!demo) throw new Error('there is no demonstration tenant');
const full = Buffer.from(stringifyJson(demo.tree));
const mask = Buffer.from(stringifyJson(redactTenant(structuredClone(demo.tree) as never)));

const target = (parts: TenantPart[], apis: Tenant, keys?: { credentials: string }) => ({
  tenant: 'acme',
  tier: 'daily' as const,
  scheduledTime: '2026-01-31T02:00:00Z',
  enrolment: parseEnrolmentValue(
    {
      issuer: 'https://acme.example.com/acme/system',
      clientId: 'backup',
      clientSecret: 'secret of the test',
      parts,
      ...(keys && { keys }),
    },
    'acme',
  ),
  apis,
});

const dump = Buffer.from(
  stringifyJson({ tenant: { id: 'acme' }, servers: [{ id: 'system', secret: 'secret of a workspace' }] }),
);

/** A tenant whose exports end as the test says. */
const answering = (until: () => Promise<unknown>): Tenant =>
  ({
    hub: {
      exportTree: async ({ withCredentials }: { withCredentials: boolean }) => {
        await until();
        return Buffer.from(withCredentials ? full : mask);
      },
    },
    system: { exportDump: async () => until().then(() => Buffer.from(dump)) },
    identity: { exportDump: async () => until().then(() => Buffer.from(stringifyJson(demo.identity))) },
  }) as unknown as Tenant;

const refusing = answering(async () => {
  throw new TenantBackupError('PERMISSION_DENIED', 'the tenant refuses');
});
const atOnce = answering(async () => {});

/** What a backup needs, and the parts that data keys were asked for, by the ARN of the key. */
function setting() {
  const keys = new SampleKeys();
  const vault = new MemoryVault();
  const asked: [part: PartName, keyArn: string][] = [];
  const waiting: (() => void)[] = [];
  const { client } = keys.kms;
  const send = (command: unknown) => {
    if (command instanceof GenerateDataKeyCommand) {
      const { EncryptionContext, KeyId } = command.input;
      asked.push([EncryptionContext?.['part'] as PartName, KeyId ?? '']);
      for (const check of waiting) check();
    }
    return client.send(command as GenerateDataKeyCommand);
  };
  let ids = 0;
  const tools: BackupTools = {
    vault,
    retention: { promote: [] } as never,
    sealer: createSealer({ send } as unknown as typeof client),
    fingerprintKeys: { derive: async () => Buffer.alloc(32, 1) },
    keys: { configuration: keys.configuration, credentials: keys.credentials },
    randomHex: () => String(++ids).padStart(8, '0'),
    retryTools: { sleep: async () => {}, random: () => 0 },
  };
  /** Ends when so many data keys were asked for: never, if the backup waits for its exports before it asks. */
  const untilAsked = (count: number) => () =>
    new Promise<void>((resolve) => {
      const check = () => asked.length >= count && resolve();
      waiting.push(check);
      check();
    });
  return { keys, vault, asked, tools, untilAsked };
}

const PARTS_OF = {
  hub: ['hub.config', 'hub.credentials'],
  system: ['system.config', 'system.credentials'],
  identity: ['identity.credentials'],
} as const;

describe('the data keys of a backup', () => {
  it.each<TenantPart[][]>([[['hub']], [['system']], [['identity']], [['hub', 'system', 'identity']]])(
    'are asked for before the exports of %j answer, one for each part',
    async (parts) => {
      const { keys, vault, asked, tools, untilAsked } = setting();
      const names = parts.flatMap((part) => PARTS_OF[part]);
      const begun = await beginBackup(target(parts, answering(untilAsked(names.length))), tools);
      const { manifest, versionId } = await finishBackup(begun, tools);
      expect(asked).toEqual(names.map((name) => [name, keys.keyFor(name)]));
      const opened = await openAll(await vault.get({ versionId }), keys.opener);
      expect([...opened.keys()]).toEqual(names);
      expect(manifest).toMatchObject({ formatVersion: 3, backupId: '20260131T020000Z-00000001' });
    },
  );

  it('are those of a safety backup as well, which has the parts that are about to be written', async () => {
    const { asked, tools, untilAsked } = setting();
    const { tier, ...safety } = target(['hub'], answering(untilAsked(4)));
    const { manifest } = await takeSafetyBackup(safety, new Map([['system', () => {}]]), tools);
    expect(manifest.parts.map(({ name }) => name)).toEqual([...PARTS_OF.hub, ...PARTS_OF.system]);
    expect(asked).toHaveLength(4);
  });

  it('are asked for of the keys that the enrolment names', async () => {
    const { keys, asked, tools } = setting();
    const own = keys.kms.createKey();
    await finishBackup(await beginBackup(target(['hub'], atOnce, { credentials: own }), tools), tools);
    expect(asked).toEqual([
      ['hub.config', keys.configuration],
      ['hub.credentials', own],
    ]);
  });

  it('that are not to be had end the backup by name, with nothing stored', async () => {
    const { keys, vault, tools } = setting();
    keys.kms.disabled.add(keys.credentials);
    const begun = await beginBackup(target(['hub'], atOnce), tools);
    expect(await rejectionOf(finishBackup(begun, tools))).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      facts: { keyArn: keys.credentials },
    });
    expect(await vault.listVersions('daily', 'acme')).toEqual([]);
  });

  it('do not matter where the export fails: its error is the one that is reported', async () => {
    const { keys, asked, tools } = setting();
    keys.kms.disabled.add(keys.configuration);
    keys.kms.disabled.add(keys.credentials);
    const failure = await rejectionOf(beginBackup(target(['hub'], refusing), tools));
    expect(failure.code).toBe('PERMISSION_DENIED');
    expect(asked).toHaveLength(2);
    // Time for a rejection that nobody handled, which would fail the run.
    await new Promise(setImmediate);
  });

  it('seal one archive: what was begun is not stored twice', async () => {
    const { vault, tools } = setting();
    const begun = await beginBackup(target(['hub'], atOnce), tools);
    await finishBackup(begun, tools);
    await expect(finishBackup(begun, tools)).rejects.toThrow('a data key seals one message');
    expect(await vault.listVersions('daily', 'acme')).toHaveLength(1);
  });
});
