import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  fingerprintCredentials,
  fingerprintKeyName,
} from '../../functions/config/credentials/fingerprints.ts';
import { parseConfigPart, parseCredentialsPart } from '../../functions/config/export/parts.ts';
import { stringifyJson } from '../../functions/config/json/json.ts';
import { readSigningKey } from '../../functions/signing-key.ts';
import { openDocument } from '../../functions/state/open-document.ts';
import { openBackup } from '../../functions/vault/backup-archive.ts';
import { packArchive, unpackArchive } from '../../functions/vault/format/archive.ts';
import { manifestDigest } from '../../functions/vault/format/manifest.ts';
import { trustSigners } from '../../functions/vault/format/signature.ts';
import { createEscrowOpener } from '../../functions/vault/keys/escrow.ts';
import { createSealer } from '../../functions/vault/keys/sealer.client.ts';
import { LocalKms } from '../../scripts/bench/local-kms.ts';
import { rejectionOf } from '../rejection.ts';
import { openAll } from './sample-backup.ts';

interface Index {
  readonly tenant: string;
  readonly maxPartBytes: number;
  readonly escrowPrivateKey: string;
  readonly localKeys: Record<string, string>;
  readonly signingKey: string;
  readonly fingerprintKey: string;
  readonly document: { readonly file: string; readonly archive: string };
  readonly good: readonly {
    readonly file: string;
    readonly sha256: string;
    readonly manifestSha256: string;
    readonly escrow: boolean;
    readonly plainSha256: Record<string, string>;
  }[];
  readonly broken: readonly { readonly file: string; readonly sha256: string; readonly code: string }[];
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('the frozen archives', () => {
  const folder = new URL('../fixtures/sealed/', import.meta.url);
  const read = (file: string): Buffer => readFileSync(new URL(file, folder));
  const index: Index = JSON.parse(read('index.json').toString());

  const kms = new LocalKms();
  const [configuration = '', credentials = ''] = Object.entries(index.localKeys)
    .filter(([name]) => name.startsWith('arn:'))
    .map(([arn, key]) => {
      const made = kms.createKey(Buffer.from(key, 'hex'));
      if (made !== arn) throw new Error(`the local key store made ${made} for ${arn}`);
      return arn;
    });
  const kmsOpener = createSealer(kms.client).opener({
    configuration: [configuration],
    credentials: [credentials],
  });
  const escrowOpener = createEscrowOpener(read(index.escrowPrivateKey).toString());

  const signingKey = readSigningKey(read(index.signingKey).toString());
  if ('problem' in signingKey) throw new Error(signingKey.problem);
  const expected = {
    tenant: index.tenant,
    signers: trustSigners([signingKey]),
    maxPartBytes: index.maxPartBytes,
  };

  it('are all listed, and none has changed', async () => {
    const listed = [...index.good, ...index.broken].map(({ file }) => file).sort();
    const present = (await readdir(folder)).filter((file) => file.endsWith('.tar')).sort();
    expect(present).toEqual(listed);
    for (const { file, sha256: digest } of [...index.good, ...index.broken]) {
      expect([file, sha256(read(file))]).toEqual([file, digest]);
    }
  });

  it.each(index.good)('open: $file', async ({ file, manifestSha256, escrow, plainSha256 }) => {
    const bytes = read(file);
    for (const opener of escrow ? [kmsOpener, escrowOpener] : [kmsOpener]) {
      const parts = await openAll(bytes, expected, opener);
      expect(Object.fromEntries([...parts].map(([name, plain]) => [name, sha256(plain)]))).toEqual(
        plainSha256,
      );
    }
    const archive = unpackArchive(bytes);
    expect(manifestDigest(archive.manifest)).toBe(manifestSha256);
    expect(packArchive(archive).equals(bytes)).toBe(true);
  });

  it.each(index.broken)('are refused with $code: $file', async ({ file, code }) => {
    expect((await rejectionOf(openAll(read(file), expected, kmsOpener))).code).toBe(code);
  });

  it('give back the exported document, and fingerprints of its credentials', async () => {
    const { document } = index;
    const backup = await openBackup(read(document.archive), expected, escrowOpener);
    expect(stringifyJson((await openDocument(backup)).document)).toBe(read(document.file).toString());
    const config = parseConfigPart(await backup.open('hub.config'));
    const key = Buffer.from(index.fingerprintKey, 'hex');
    expect(config.fingerprintKey).toBe(fingerprintKeyName(key));
    expect(config.fingerprints).toEqual(
      fingerprintCredentials(parseCredentialsPart(await backup.open('hub.credentials')), key),
    );
  });
});
