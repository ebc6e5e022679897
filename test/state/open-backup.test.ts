import { expect, test } from 'vitest';
import { openArchive, openChosen, openVersion } from '../../functions/state/open-backup.ts';
import { openDocument } from '../../functions/state/open-document.ts';
import { rejectionOf } from '../rejection.ts';
import { MemoryVault } from '../vault/memory-vault.ts';
import { SAMPLE_FACTS, SampleKeys } from '../vault/sample-backup.ts';

const keys = new SampleKeys();
const vault = new MemoryVault();
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
