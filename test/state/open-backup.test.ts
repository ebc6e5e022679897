import { expect, test } from 'vitest';
import { openArchive, openChosen, openVersion } from '../../functions/state/open-backup.ts';
import { openDocument } from '../../functions/state/open-document.ts';
import { rejectionOf } from '../rejection.ts';
import { MemoryVault } from '../vault/memory-vault.ts';
import { SAMPLE_FACTS, SampleKeys } from '../vault/sample-backup.ts';

const keys = new SampleKeys();
const vault = new MemoryVault(SAMPLE_FACTS.exportedAt);
const limits = { trustedSigners: keys.signers, maxExportBytes: 4096 };
const POINTER = '/servers/customers/clients/portal/client_secret';
const sealed = await keys.seal(
  {},
  {
    'hub.config': `{"document":{"servers":{"customers":{"clients":{"portal":{"client_secret":""}}}}},"fingerprintKey":"${'0'.repeat(32)}","fingerprints":{}}`,
    'hub.credentials': `{"${POINTER}":"correct horse battery staple"}`,
  },
);
const { versionId, ...version } = await vault.put('daily', 'acme', sealed.bytes, SAMPLE_FACTS.scheduledTime);

const chosenTools = {
  ...limits,
  vault,
  keptBackups: vault,
  sealer: keys.sealer(),
  keyRegistry: {
    list: async () => [
      { purpose: 'configuration', keyArn: keys.configuration, labels: ['first'], tenant: null },
      { purpose: 'credentials', keyArn: keys.credentials, labels: ['first'], tenant: null },
    ],
  },
} as unknown as Parameters<typeof openChosen>[2];

test('opens the chosen backup with the registered keys, and puts its credentials back', async () => {
  const { reference, opened, version: chosen } = await openChosen({ tenant: 'acme' }, {}, chosenTools);
  expect(reference).toEqual({
    tenant: 'acme',
    tier: 'daily',
    versionId,
    backupId: SAMPLE_FACTS.backupId,
    storedAt: version.storedAt.toISOString(),
  });
  expect(chosen.etag).toBe(version.etag);
  expect(await openDocument(opened)).toEqual({
    document: {
      servers: { customers: { clients: { portal: { client_secret: 'correct horse battery staple' } } } },
    },
    secretPointers: [POINTER],
  });
});

test('refuses bytes that were stored again a day later, unless that is allowed or a person uploaded them', async () => {
  const late = new MemoryVault('2026-02-01T02:00:00Z');
  const uploads = new MemoryVault('2026-02-01T02:00:00Z');
  await late.put('daily', 'acme', sealed.bytes, SAMPLE_FACTS.scheduledTime);
  await uploads.put('daily', 'acme', sealed.bytes, SAMPLE_FACTS.scheduledTime, { uploadedBy: 'arn' });
  const opening = (from: MemoryVault, choice = {}) =>
    openChosen({ tenant: 'acme', ...choice }, {}, { ...chosenTools, vault: from, keptBackups: from });
  for (const choice of [
    {},
    { versionId: 'version-1' },
    { tier: 'daily' },
    { asOf: '2026-02-02T00:00:00Z' },
  ]) {
    expect(await rejectionOf(opening(late, choice))).toMatchObject({
      code: 'BACKUP_REPLAYED',
      disposition: 'halt',
      facts: { tenant: 'acme', tier: 'daily', versionId: 'version-1' },
    });
  }
  for (const opened of [opening(late, { allowOldBytes: true }), opening(uploads)]) {
    expect((await opened).reference.backupId).toBe(SAMPLE_FACTS.backupId);
  }
});

test('refuses bytes that were stored again within the hour, in any tier, after a later backup', async () => {
  for (const tier of ['daily', 'weekly'] as const) {
    const busy = new MemoryVault(SAMPLE_FACTS.exportedAt);
    const { etag, versionId } = await busy.put('daily', 'acme', sealed.bytes, '');
    const later = await keys.seal({
      backupId: '20260131T020000Z-fedcba98',
      exportedAt: '2026-01-31T02:00:05Z',
      previous: { versionId, etag },
    });
    await busy.put('daily', 'acme', later.bytes, '');
    await busy.put(tier, 'acme', sealed.bytes, '');
    const tools = { ...chosenTools, vault: busy, keptBackups: busy };
    expect((await rejectionOf(openChosen({ tenant: 'acme' }, {}, tools))).code).toBe('BACKUP_REPLAYED');
    expect((await openChosen({ tenant: 'acme', versionId }, {}, tools)).reference.versionId).toBe(versionId);
  }
});

test('does not open a part whose key is not registered', async () => {
  const tools = { ...chosenTools, keyRegistry: { list: async () => [] } } as typeof chosenTools;
  const { opened } = await openChosen({ tenant: 'acme' }, {}, tools);
  expect((await rejectionOf(openDocument(opened))).code).toBe('KEY_MISMATCH');
});

test('refuses the archive of another tenant in the place of a version', async () => {
  const stored = await vault.put('daily', 'globex', sealed.bytes, SAMPLE_FACTS.scheduledTime);
  const opening = openVersion(stored, keys.opener, { ...limits, vault });
  expect((await rejectionOf(opening)).code).toBe('CONTEXT_MISMATCH');
});

test.each([
  ['another signer', { signers: new SampleKeys().signers }, 'SIGNER_UNTRUSTED'],
  ['another tenant', { tenant: 'globex' }, 'CONTEXT_MISMATCH'],
])('refuses an archive file of %s', async (_, expected, code) => {
  const opening = openArchive(sealed.bytes, keys.opener, {
    tenant: 'acme',
    signers: keys.signers,
    maxExportBytes: 4096,
    ...expected,
  });
  expect((await rejectionOf(opening)).code).toBe(code);
});

test('opens a part up to twice the largest export, and none above', async () => {
  const open = async (maxExportBytes: number) => {
    const expected = { tenant: 'acme', signers: keys.signers, maxExportBytes };
    return (await openArchive(sealed.bytes, keys.opener, expected)).open('hub.config');
  };
  const size = sealed.manifest.parts.find(({ name }) => name === 'hub.config')?.plainBytes ?? 0;
  expect((await open(size / 2)).byteLength).toBe(size);
  expect((await rejectionOf(open(size / 2 - 1))).code).toBe('BACKUP_TOO_LARGE');
});
