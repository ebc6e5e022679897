import { createHash } from 'node:crypto';
import { TenantBackupError } from '../../errors.ts';
import {
  type Manifest,
  type ManifestPart,
  PART_NAMES,
  type PartName,
  parseManifest,
  serializeManifest,
} from './manifest.ts';
import { isCompressed } from './part.ts';
import { requireSignature, type SignedManifest, type TrustedSigners } from './signature.ts';
import { packTar, quoteName, requireHeaders, unpackTar } from './tar.ts';

/** An opened tar: the validated manifest, its signature, which was not verified yet, and the sealed parts. */
export interface Archive extends SignedManifest {
  readonly sealedParts: ReadonlyMap<PartName, Uint8Array>;
}

/** Manifest, signature and parts. */
const MAX_ENTRIES = 2 + PART_NAMES.length;

export const MANIFEST_FILE = 'manifest.json';
export const SIGNATURE_FILE = 'manifest.sig';
/** Names the file of a part. Its suffixes, from right to left, tell how to open it. */
export const partFile = (name: PartName): string =>
  `${name}.json${isCompressed(name) ? '.zst' : ''}.encrypted`;
export const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Builds an archive: a plain ustar with `manifest.json` first, its signature, then each part in the manifest's order.
 * The same input gives the same bytes.
 * @throws MANIFEST_MALFORMED if the manifest is not valid */
export function packArchive({ manifest, signature, sealedParts }: Archive): Buffer {
  const files = manifest.parts.map(({ name }) => {
    const content = sealedParts.get(name);
    if (!content) throw new TypeError(`sealed part ${name} is missing`);
    return { name: partFile(name), content };
  });
  return packTar(
    [
      { name: MANIFEST_FILE, content: serializeManifest(manifest) },
      { name: SIGNATURE_FILE, content: signature },
      ...files,
    ],
    modifiedTime(manifest),
  );
}

/** Unpacks an archive and checks that it has the form that its manifest says. Nothing is verified yet. Nothing is
 * copied: the sealed parts are views of `bytes`.
 * @throws ARCHIVE_MALFORMED if it is not a tar, is cut short or is not signed. Everything but the signature and the
 * parts must have exactly the bytes that this format version writes
 * @throws MANIFEST_MALFORMED, FORMAT_UNSUPPORTED see `parseManifest` */
export function unpackArchive(bytes: Uint8Array): Archive {
  const entries = unpackTar(bytes, MAX_ENTRIES);
  const [first, second, ...rest] = entries;
  if (first?.name !== MANIFEST_FILE) {
    throw malformed(`first entry must be ${MANIFEST_FILE}, got ${quoteName(first?.name)}`);
  }
  const manifest = parseManifest(first.content);
  // No digest covers spacing, order and repeated members: a manifest has only one valid notation.
  if (Buffer.compare(first.content, serializeManifest(manifest)) !== 0) {
    throw malformed(`${MANIFEST_FILE} must be as this format writes it`);
  }
  if (second?.name !== SIGNATURE_FILE) {
    throw malformed(`second entry must be ${SIGNATURE_FILE}, got ${quoteName(second?.name)}`);
  }
  const expected = manifest.parts.map((part) => partFile(part.name));
  const actual = rest.map((entry) => entry.name);
  if (expected.length !== actual.length || expected.some((name, index) => name !== actual[index])) {
    throw malformed(
      `entries must be ${expected.join(', ')}, got ${actual.map(quoteName).join(', ') || 'none'}`,
    );
  }
  requireHeaders(bytes, entries, modifiedTime(manifest));
  const sealedParts = new Map(
    manifest.parts.map(({ name }, index) => [name, rest[index]?.content ?? new Uint8Array()]),
  );
  return { manifest, signature: second.content, sealedParts };
}

/** Unpacks an archive and verifies everything that can be verified without opening it.
 * @param signers trusted signers; null only if there is no public key, so that the origin stays unproven
 * @throws ARCHIVE_MALFORMED, MANIFEST_MALFORMED, FORMAT_UNSUPPORTED see `unpackArchive`
 * @throws SIGNER_UNTRUSTED, SIGNATURE_INVALID, KEY_UNAVAILABLE, AWS_UNAVAILABLE see `requireSignature`
 * @throws DIGEST_MISMATCH if a part has another size or digest than the manifest says */
export async function verifyArchive(bytes: Uint8Array, signers: TrustedSigners | null): Promise<Archive> {
  const archive = unpackArchive(bytes);
  if (signers !== null) await requireSignature(archive, signers);
  for (const part of archive.manifest.parts) {
    requireDigest(part, archive.sealedParts.get(part.name) ?? new Uint8Array());
  }
  return archive;
}

/** Entries have the scheduled time of the backup, so that an unpacked folder shows it. */
const modifiedTime = (manifest: Manifest): Date => new Date(manifest.scheduledTime);

function requireDigest(part: ManifestPart, sealed: Uint8Array): void {
  const mismatch = (message: string) =>
    new TenantBackupError('DIGEST_MISMATCH', `${part.name} must have ${message}`, { part: part.name });
  if (sealed.byteLength !== part.sealedBytes) {
    throw mismatch(`${part.sealedBytes} bytes, got ${sealed.byteLength}`);
  }
  const digest = sha256Hex(sealed);
  if (digest !== part.sealedSha256) throw mismatch(`SHA-256 ${part.sealedSha256}, got ${digest}`);
}

const malformed = (message: string) => new TenantBackupError('ARCHIVE_MALFORMED', message);
