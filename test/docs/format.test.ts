import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAX_DEPTH } from '../../functions/config/json/json.ts';
import { errorCodes } from '../../functions/errors.ts';
import { MIN_ESCROW_KEY_BITS } from '../../functions/escrow-key.ts';
import { readSigningKey } from '../../functions/signing-key.ts';
import { partFile, unpackArchive } from '../../functions/vault/format/archive.ts';
import { encryptionContextOf } from '../../functions/vault/format/encryption-context.ts';
import {
  MAX_MANIFEST_BYTES,
  MAX_RECIPIENTS,
  manifestDigest,
  PART_NAMES,
} from '../../functions/vault/format/manifest.ts';
import { PADDING_BYTES } from '../../functions/vault/format/part.ts';
import { ESCROW_PROVIDER, FRAME_BYTES, SUITE } from '../../functions/vault/format/sealed-message.ts';
import { trustSigners } from '../../functions/vault/format/signature.ts';
import { BLOCK_BYTES, unpackTar } from '../../functions/vault/format/tar.ts';
import { createEscrowOpener } from '../../functions/vault/keys/escrow.ts';
import { openAll } from '../vault/sample-backup.ts';

const page = readFileSync(new URL('../../docs/FORMAT.md', import.meta.url), 'utf8');
const block = (kind: string): string =>
  new RegExp(`^\`\`\`json ${kind}\\n([\\s\\S]*?)\\n\`\`\`$`, 'm').exec(page)?.[1] ?? '';
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const ALGORITHMS = new Set(['HMAC_SHA_256', 'ECDSA_SHA_256']);
const grouped = (value: number): string => value.toLocaleString('en-US');

const folder = new URL('../fixtures/sealed/', import.meta.url);
const read = (file: string): Buffer => readFileSync(new URL(file, folder));
const archive = read('good-a-tenant.tar');
const { manifest } = unpackArchive(archive);
const example = JSON.parse(block('example'));
const index = JSON.parse(read('index.json').toString());
const entries = unpackTar(archive, 7);

describe('the page on the format', () => {
  it('has an example whose every value is that of the frozen archive', async () => {
    const opener = createEscrowOpener(read(index.escrowPrivateKey).toString());
    const signingKey = readSigningKey(read(index.signingKey).toString());
    if ('problem' in signingKey) throw new Error(signingKey.problem);
    const expected = { tenant: index.tenant, signers: trustSigners([signingKey]) };
    const plain = await openAll(archive, expected, opener);
    const parts: Record<string, object> = {};
    let offset = 0;
    for (const { name, content } of entries) {
      const bytes = [...plain].find(([part]) => partFile(part) === name);
      if (bytes) {
        parts[bytes[0]] = {
          file: name,
          fileOffset: offset,
          plainBytes: bytes[1].byteLength,
          plainSha256: sha256(bytes[1]),
          sealedBytes: content.byteLength,
          sealedSha256: sha256(content),
          firstSealedBytes: Buffer.from(content.subarray(0, 3)).toString('hex'),
        };
      }
      offset += BLOCK_BYTES + Math.ceil(content.byteLength / BLOCK_BYTES) * BLOCK_BYTES;
    }
    const headerText = ([at, text]: [string, string]) => [
      at,
      archive.toString('latin1', Number(at), Number(at) + text.length),
    ];
    const { fingerprints, fingerprintKey } = JSON.parse(plain.get('hub.config')?.toString() ?? '');
    const [page, signature] = entries.map(({ content }) => content);
    expect(example).toEqual({
      archive: { sizeBytes: archive.byteLength, sha256: sha256(archive) },
      firstHeader: Object.fromEntries(Object.entries<string>(example.firstHeader).map(headerText)),
      manifestBytes: page?.byteLength,
      manifestSha256: manifestDigest(manifest),
      signedBy: signingKey.fingerprint,
      signature: Buffer.from(signature ?? []).toString('hex'),
      parts,
      tenantKey: index.fingerprintKey,
      fingerprintKey,
      fingerprints: Object.fromEntries(Object.keys(example.fingerprints).map((at) => [at, fingerprints[at]])),
    });
    expect(sha256(block('canonical'))).toBe(manifestDigest(manifest));
  });

  it('describes fingerprints so that they can be computed from the page alone', () => {
    const key = Buffer.from(example.tenantKey, 'hex');
    const mac = (text: string) => createHmac('sha256', key).update(text).digest('hex').slice(0, 32);
    expect(mac('tenant-backup fingerprint key')).toBe(example.fingerprintKey);
    const text = /`("\/servers\/customers\/rotated_secrets":\[.*?\])`/.exec(page)?.[1] ?? '';
    expect(mac(text)).toBe(example.fingerprints['/servers/customers/rotated_secrets']);
  });

  it('names every member of a manifest in its order, every part, and every member of the context', () => {
    const rows = (from: string, to: string) =>
      [...page.slice(page.indexOf(from), page.indexOf(to)).matchAll(/^\| `([A-Za-z0-9]+)` \|/gm)].map(
        ([, name]) => name,
      );
    const { manifest: whole } = unpackArchive(read('good-with-limits.tar'));
    const [part] = whole.parts;
    expect(rows('## The manifest', '### Its digest')).toEqual([
      ...Object.keys(whole),
      ...Object.keys(part ?? {}),
    ]);
    const context = encryptionContextOf({
      tenant: '',
      backupId: '',
      part: 'hub.config',
      formatVersion: 1,
      manifestSha256: '',
    });
    expect(rows('**Sealing.**', '### Escrow')).toEqual(Object.keys(context));
    for (const name of PART_NAMES) expect(page).toContain(`\`"${name}"\``);
  });

  it('says the limits that the code has', () => {
    for (const text of [
      `at most ${grouped(MAX_MANIFEST_BYTES)} bytes`,
      `frame length of ${grouped(FRAME_BYTES)} bytes`,
      `suite \`0x${SUITE.toString(16).padStart(4, '0')}\``,
      `1 to ${MAX_RECIPIENTS} encrypted data keys`,
      `at least ${grouped(MIN_ESCROW_KEY_BITS)} bits`,
      `down to ${grouped(MAX_DEPTH)} levels`,
      `key namespace \`${ESCROW_PROVIDER}\``,
      `at most ${PART_NAMES.length + 2} entries`,
      `multiple of ${grouped(PADDING_BYTES)} bytes`,
    ]) {
      expect(page).toContain(text);
    }
  });

  it('names codes that exist', () => {
    const codes = [...page.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code]) => code);
    expect(new Set(codes).size).toBe(13);
    expect(
      codes.filter((code) => !ALGORITHMS.has(code ?? '') && !errorCodes.some((known) => known === code)),
    ).toEqual([]);
  });
});
