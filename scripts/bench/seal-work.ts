/** The work that the bench of sealing measures: the steps of the product, and the minimal work of any backup. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { writeConfigPart, writeCredentialsPart } from '../../functions/config/export/parts.ts';
import type { Json } from '../../functions/config/json/json-value.ts';
import { SOFTWARE_VERSION } from '../../functions/runtime/version.ts';
import { exportHub } from '../../functions/state/export-state.ts';
import { openDocument } from '../../functions/state/open-document.ts';
import type { Hub } from '../../functions/tenant/api/hub.client.ts';
import { type BackupFacts, openBackup, sealBackup } from '../../functions/vault/backup-archive.ts';
import { trustOwnSigner } from '../../functions/vault/format/signature.ts';
import { createSealer } from '../../functions/vault/keys/sealer.client.ts';
import type { BigTenant } from './big-tenant.ts';
import { LocalKms } from './local-kms.ts';
import { localSigner } from './local-signer.ts';

/** Reads the body of an export again each time, as from the network: no other reference exists. */
export type ReadExport = (which: keyof BigTenant) => Buffer | Promise<Buffer>;

/** The product's own steps, with a hub that answers from memory and data keys wrapped in this process: everything else is
 * what the Lambda functions run. */
export function product(readExport: ReadExport) {
  const kms = new LocalKms();
  const keys = kms.createFixedKeys();
  const sealer = createSealer(kms.client);
  const signer = localSigner(Buffer.alloc(32, 4));
  const opener = sealer.opener({ configuration: [keys.configuration], credentials: [keys.credentials] });
  return {
    /** From the bodies of the exports to the archive that goes up. */
    async seal(): Promise<Buffer> {
      const noRetry = { sleep: async () => {}, random: () => 0 };
      const split = await exportHub(hubOf(readExport), noRetry);
      const fingerprintKey = Buffer.alloc(32, 1);
      const { bytes } = await sealBackup(
        {
          ...FACTS,
          source: { issuer: FACTS.source.issuer, shape: split.shape ?? 'tenant' },
          objects: { ...split.objects },
          credentials: { ...split.counts },
        },
        [
          {
            name: 'hub.config',
            plain: writeConfigPart(split.config, split.credentials, fingerprintKey, split),
            keyArn: keys.configuration,
          },
          {
            name: 'hub.credentials',
            plain: writeCredentialsPart(split.credentials),
            keyArn: keys.credentials,
          },
        ],
        { sealer, signer },
      );
      return bytes;
    },
    /** From the archive to the document that is imported. */
    async open(archive: Uint8Array): Promise<Json> {
      const signers = trustOwnSigner(signer.publicKey, []);
      const expected = { tenant: FACTS.tenant, signers, maxPartBytes: 2 ** 30 };
      return (await openDocument(await openBackup(archive, expected, opener))).document;
    },
  };
}

const FACTS = {
  backupId: '20260131T020000Z-00000000',
  tenant: 'bench',
  scheduledTime: '2026-01-31T02:00:00Z',
  exportedAt: '2026-01-31T02:00:01Z',
  trigger: 'manual',
  tier: 'manual',
  source: { issuer: 'https://id.example.com/bench/system', shape: 'tenant' },
  software: { name: 'tenant-backup', version: SOFTWARE_VERSION },
  previous: null,
  resealed: null,
  objects: {},
  credentials: {},
  warnings: {},
} as const satisfies BackupFacts;

function hubOf(readExport: ReadExport): Hub {
  const hub: Pick<Hub, 'exportTree'> = {
    exportTree: async ({ withCredentials }) => readExport(withCredentials ? 'full' : 'mask'),
  };
  return hub as Hub;
}

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** The same bytes through the native functions alone, nothing split and nothing checked: the export with credentials
 * parsed, written, compressed and encrypted once. */
export function bareWork(full: Buffer) {
  const key = randomBytes(32);
  let sealed = { iv: Buffer.alloc(12), bytes: Buffer.alloc(0), tag: Buffer.alloc(16) };
  return {
    async seal(): Promise<number> {
      const text = JSON.stringify(JSON.parse(full.toString('utf8')));
      const compressed = await compress(Buffer.from(text));
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const bytes = Buffer.concat([cipher.update(compressed), cipher.final()]);
      sealed = { iv, bytes, tag: cipher.getAuthTag() };
      return bytes.byteLength;
    },
    async open(): Promise<void> {
      const { iv, bytes, tag } = sealed;
      const decipher = createDecipheriv('aes-256-gcm', key, iv).setAuthTag(tag);
      const plain = await decompress(Buffer.concat([decipher.update(bytes), decipher.final()]));
      JSON.parse(plain.toString('utf8'));
    },
  };
}
