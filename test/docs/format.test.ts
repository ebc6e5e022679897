import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAX_DEPTH } from '../../functions/config/json.ts';
import { errorCodes } from '../../functions/errors.ts';
import { MIN_ESCROW_KEY_BITS } from '../../functions/escrow-key.ts';
import { unpackArchive } from '../../functions/vault/archive.ts';
import { DIGEST_FRAME_BYTES, writeDigestFrame } from '../../functions/vault/digest-frame.ts';
import { encryptionContextOf } from '../../functions/vault/encryption-context.ts';
import { createEscrowOpener } from '../../functions/vault/escrow.ts';
import {
  FORMAT_VERSION,
  FORMAT_VERSIONS,
  type FormatVersion,
  MAX_MANIFEST_BYTES,
  MAX_RECIPIENTS,
  manifestDigest,
  PART_NAMES,
} from '../../functions/vault/manifest.ts';
import { ESCROW_PROVIDER, FRAME_BYTES, SUITE } from '../../functions/vault/sealed-message.ts';
import { BLOCK_BYTES, unpackTar } from '../../functions/vault/tar.ts';
import { openAll } from '../vault/sample-backup.ts';

const page = readFileSync(new URL('../../docs/FORMAT.md', import.meta.url), 'utf8');
const block = (kind: string): string =>
  new RegExp(`^\`\`\`json ${kind}\\n([\\s\\S]*?)\\n\`\`\`$`, 'm').exec(page)?.[1] ?? '';
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const grouped = (value: number): string => value.toLocaleString('en-US');

/** The worked example of a version, and the archive that it is of. */
function exampleOf(formatVersion: FormatVersion) {
  const folder = new URL(`../fixtures/sealed/v${formatVersion}/`, import.meta.url);
  const suffix = formatVersion === 1 ? '' : `-${formatVersion}`;
  const archive = readFileSync(new URL('good-a-tenant.tar', folder));
  return {
    archive,
    manifest: unpackArchive(archive).manifest,
    example: JSON.parse(block(`example${suffix}`)),
    canonical: block(`canonical${suffix}`),
    opener: createEscrowOpener(readFileSync(new URL('escrow-TEST-KEY-ONLY.private.pem', folder), 'utf8')),
    fingerprintKey: JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')).fingerprintKey,
  };
}
const { example, manifest } = exampleOf(1);

describe('the page on the format', () => {
  it.each(FORMAT_VERSIONS)(
    'has an example whose every value is that of the frozen archive of version %i',
    async (version) => {
      const { archive, manifest, example, canonical, opener, fingerprintKey: tenantKey } = exampleOf(version);
      const plain = await openAll(archive, opener);
      const { tenant, backupId, formatVersion } = manifest;
      const manifestSha256 = manifestDigest(manifest);
      const parts: Record<string, object> = {};
      let offset = 0;
      for (const { name, content } of unpackTar(archive, 6)) {
        const part = manifest.parts.find((candidate) => `${candidate.name}.json.zst.encrypted` === name);
        if (part) {
          const bytes = plain.get(part.name) ?? Buffer.alloc(0);
          const { compressedBytes, recipients } = part;
          const escrow = recipients.find(({ type }) => type === 'escrow');
          const sealedContent =
            escrow &&
            (await opener.open(content, escrow, {
              context: encryptionContextOf({
                tenant,
                backupId,
                part: part.name,
                formatVersion,
                manifestSha256,
              }),
              recipients,
              plainBytes: compressedBytes + (version === 1 ? 0 : 40),
            }));
          parts[part.name] = {
            fileOffset: offset,
            plainBytes: bytes.byteLength,
            plainSha256: sha256(bytes),
            compressedBytes,
            ...(version !== 1 && {
              sealedContent: {
                bytes: sealedContent?.byteLength,
                first40: sealedContent?.toString('hex', 0, 40),
              },
            }),
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
      const config = JSON.parse(plain.get('hub.config')?.toString() ?? '');
      const { fingerprints, fingerprintKey } = config;
      expect(example).toEqual({
        archive: { sizeBytes: archive.byteLength, sha256: sha256(archive) },
        firstHeader: Object.fromEntries(Object.entries<string>(example.firstHeader).map(headerText)),
        manifestBytes: unpackTar(archive, 6)[0]?.content.byteLength,
        manifestSha256,
        parts,
        ...(version === 1 && {
          tenantKey,
          fingerprintKey,
          fingerprints: Object.fromEntries(
            Object.keys(example.fingerprints).map((at) => [at, fingerprints[at]]),
          ),
        }),
      });
      expect(sha256(canonical)).toBe(manifestSha256);
    },
  );

  it('says what version 3 does otherwise, as the code does it', () => {
    const section = page.slice(page.indexOf('## Version 3'), page.indexOf('## The chain'));
    const digest = 'ab'.repeat(32);
    const frame = writeDigestFrame(digest);
    const spaced = (from: number, to: number) =>
      [...frame.subarray(from, to)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    expect(section).toContain(`| 0 | 4 | \`${spaced(0, 4)}\``);
    expect(section).toContain(`0x${frame.readUInt32LE(0).toString(16).toUpperCase()}`);
    expect(section).toContain(`| 4 | 4 | \`${spaced(4, 8)}\``);
    expect(section).toContain(`| 8 | ${frame.byteLength - 8} | the manifest digest`);
    expect(section).toContain(`\`compressedBytes\` + ${DIGEST_FRAME_BYTES},`);
    const identity = { tenant: '', backupId: '', part: 'hub.config' } as const;
    const [first, third] = [
      encryptionContextOf({ ...identity, formatVersion: 1, manifestSha256: digest }),
      encryptionContextOf({ ...identity, formatVersion: 3 }),
    ];
    expect(Object.keys(first).filter((name) => first[name] !== third[name])).toEqual(
      [...section.matchAll(/^\| `(\w+)` of the encryption context/gm)].map(([, name]) => name),
    );
    expect(FORMAT_VERSIONS).toEqual([1, FORMAT_VERSION]);
    expect(page).toContain(`version ${FORMAT_VERSION}, which this release writes`);
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
    const [part] = manifest.parts;
    expect(rows('## The manifest', '### Its digest')).toEqual([
      ...Object.keys(manifest),
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
      `| entries of an archive | ${PART_NAMES.length + 1} |`,
    ]) {
      expect(page).toContain(text);
    }
  });

  it('names codes that exist', () => {
    const codes = [...page.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code]) => code);
    expect(new Set(codes).size).toBe(11);
    expect(
      codes.filter((code) => code !== 'HMAC_SHA_256' && !errorCodes.some((known) => known === code)),
    ).toEqual([]);
  });
});
