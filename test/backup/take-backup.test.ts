import { GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { type BackupTools, takeBackup } from '../../functions/backup/take-backup.ts';
import { takeSafetyBackup } from '../../functions/backup/take-safety-backup.ts';
import { parseJson, stringifyJson } from '../../functions/config/json/json.ts';
import type { Tenant } from '../../functions/tenant/api/tenant.client.ts';
import { parseEnrolmentValue } from '../../functions/tenant/enrolment/enrolment.ts';
import type { TenantPart } from '../../functions/tenant/enrolment/enrolment-schema.ts';
import { manifestDigest, type PartName } from '../../functions/vault/format/manifest.ts';
import { createSealer } from '../../functions/vault/keys/sealer.client.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { redactTenant } from '../../scripts/sandbox/state/redact.ts';
import { rejectionOf } from '../rejection.ts';
import { MemoryVault } from '../vault/memory-vault.ts';
import { SampleKeys } from '../vault/sample-backup.ts';

/** What is asked of KMS for a backup, and when: real sealing, exports from memory. */

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

/** A tenant whose exports answer after what the test says. */
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

const atOnce = answering(async () => {});

/** What a backup needs, and what data keys were asked for. */
function setting() {
  const keys = new SampleKeys();
  const vault = new MemoryVault();
  const asked: [part: PartName, keyArn: string, manifestSha256: string][] = [];
  const { client } = keys.kms;
  const send = (command: unknown) => {
    if (command instanceof GenerateDataKeyCommand) {
      const { EncryptionContext, KeyId } = command.input;
      const { part, manifestSha256 = '' } = EncryptionContext ?? {};
      asked.push([part as PartName, KeyId ?? '', manifestSha256]);
    }
    return client.send(command as GenerateDataKeyCommand);
  };
  let ids = 0;
  const tools: BackupTools = {
    vault,
    retention: { promote: [] } as never,
    sealer: createSealer({ send } as unknown as typeof client),
    signer: keys.signer,
    now: () => new Date('2026-01-31T02:00:07.890Z'),
    fingerprintKeys: { derive: async () => Buffer.alloc(32, 1) },
    keys: { configuration: keys.configuration, credentials: keys.credentials },
    randomHex: () => String(++ids).padStart(8, '0'),
    retryTools: { sleep: async () => {}, random: () => 0 },
  };
  return { keys, vault, asked, tools };
}

const PARTS_OF = {
  hub: ['hub.config', 'hub.credentials'],
  system: ['system.config', 'system.credentials'],
  identity: ['identity.credentials'],
} as const;

it('a backup has the description of its request, signed, and none without one', async () => {
  const { keys, vault, tools } = setting();
  const described = { ...target(['hub'], atOnce), description: 'before release 7' };
  const { manifest, versionId } = await takeBackup(described, {}, tools);
  expect(manifest.description).toBe('before release 7');
  const bytes = await vault.get({ versionId });
  expect(Buffer.from(bytes).toString('latin1')).toContain('"description": "before release 7"');
  await keys.openAll(bytes);
  expect((await takeBackup(target(['hub'], atOnce), {}, tools)).manifest).not.toHaveProperty('description');
});

describe('the data keys of a backup', () => {
  it.each<TenantPart[][]>([[['hub']], [['system']], [['identity']], [['hub', 'system', 'identity']]])(
    'are asked for after the exports of %j, one for each part, and for no other manifest',
    async (parts) => {
      const { keys, vault, asked, tools } = setting();
      const names = parts.flatMap((part) => PARTS_OF[part]);
      const apis = answering(async () => expect(asked).toEqual([]));
      const { manifest, versionId } = await takeBackup(target(parts, apis), {}, tools);
      const manifestSha256 = manifestDigest(manifest);
      expect(asked).toEqual(names.map((name) => [name, keys.keyFor(name), manifestSha256]));
      const opened = await keys.openAll(await vault.get({ versionId }));
      expect([...opened.keys()]).toEqual(names);
      expect(manifest).toMatchObject({ formatVersion: 1, backupId: '20260131T020000Z-00000001' });
    },
  );

  it('are those of a safety backup as well, which has the parts that are about to be written', async () => {
    const { asked, tools } = setting();
    const { tier, ...safety } = target(['hub'], atOnce);
    const { manifest, states } = await takeSafetyBackup(safety, new Set(['system'] as const), tools);
    expect([...states]).toEqual([['system', parseJson(dump)]]);
    expect(manifest.parts.map(({ name }) => name)).toEqual([...PARTS_OF.hub, ...PARTS_OF.system]);
    expect(asked).toHaveLength(4);
  });

  it('are asked for of the keys that the enrolment names', async () => {
    const { keys, asked, tools } = setting();
    const own = keys.kms.createKey();
    await takeBackup(target(['hub'], atOnce, { credentials: own }), {}, tools);
    expect(asked.map(([name, keyArn]) => [name, keyArn])).toEqual([
      ['hub.config', keys.configuration],
      ['hub.credentials', own],
    ]);
  });

  it('that KMS refuses end the backup by name, with nothing stored', async () => {
    const { keys, vault, tools } = setting();
    keys.kms.disabled.add(keys.credentials);
    expect(await rejectionOf(takeBackup(target(['hub'], atOnce), {}, tools))).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      facts: { keyArn: keys.credentials },
    });
    expect(await vault.listVersions('daily', 'acme')).toEqual([]);
  });
});

describe('the manifest of a backup', () => {
  it('says when the export began, to the second, whatever the time that it is for', async () => {
    const { tools } = setting();
    const { manifest } = await takeBackup(target(['hub'], atOnce), {}, tools);
    expect(manifest).toMatchObject({
      scheduledTime: '2026-01-31T02:00:00Z',
      exportedAt: '2026-01-31T02:00:07Z',
    });
  });

  it('names the issuer in ASCII, however the enrolment writes it', async () => {
    const { tools } = setting();
    const backup = target(['hub'], atOnce);
    const issuer = 'https://b\u00fccher.example.com/acme/system';
    const { manifest } = await takeBackup(
      { ...backup, enrolment: { ...backup.enrolment, issuer } },
      {},
      tools,
    );
    expect(manifest.source.issuer).toBe('https://xn--bcher-kva.example.com/acme/system');
  });
});
