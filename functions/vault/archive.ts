import { createHash } from 'node:crypto';
import { TenantBackupError } from '../errors.ts';
import {
  type Manifest,
  type ManifestPart,
  PART_NAMES,
  type PartName,
  parseManifest,
  serializeManifest,
} from './manifest.ts';
import { packTar, quoteName, requireHeaders, unpackTar } from './tar.ts';

/** An opened tar: the judged manifest and the still sealed parts, whose sizes and digests are as the manifest says. */
export interface Archive {
  readonly manifest: Manifest;
  readonly sealedParts: ReadonlyMap<PartName, Uint8Array>;
}

export const MANIFEST_FILE = 'manifest.json';
export const partFile = (name: PartName): string => `${name}.json.zst.encrypted`;
export const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Build an archive: a plain ustar with `manifest.json` first, then each part in the manifest's order.
 * The same input gives the same bytes.
 * @throws MANIFEST_MALFORMED if the manifest is not one that can be read again */
export function packArchive({ manifest, sealedParts }: Archive): Buffer {
  const files = manifest.parts.map(({ name }) => {
    const content = sealedParts.get(name);
    if (!content) throw new TypeError(`sealed part ${name} is missing`);
    return { name: partFile(name), content };
  });
  return packTar(
    [{ name: MANIFEST_FILE, content: serializeManifest(manifest) }, ...files],
    modifiedTime(manifest),
  );
}

/** Take an archive apart and check that it holds exactly what its manifest says, before anything is decrypted.
 * Nothing is copied: the sealed parts are views of `bytes`.
 * @throws ARCHIVE_MALFORMED if it is no tar, is cut short, or anything in it but the parts is not, byte for byte, what
 *   this format version writes
 * @throws MANIFEST_MALFORMED, FORMAT_UNSUPPORTED see `parseManifest`
 * @throws DIGEST_MISMATCH if a part has another size or digest than the manifest says */
export function unpackArchive(bytes: Uint8Array): Archive {
  const entries = unpackTar(bytes, 1 + PART_NAMES.length);
  const [first, ...rest] = entries;
  if (first?.name !== MANIFEST_FILE) {
    throw malformed(`first entry must be ${MANIFEST_FILE}, got ${quoteName(first?.name)}`);
  }
  const manifest = parseManifest(first.content);
  // Spacing, order and repeated members are covered by no digest: only one way of writing a manifest is right.
  if (Buffer.compare(first.content, serializeManifest(manifest)) !== 0) {
    throw malformed(`${MANIFEST_FILE} must be as this format writes it`);
  }
  const expected = manifest.parts.map((part) => partFile(part.name));
  const actual = rest.map((entry) => entry.name);
  if (expected.length !== actual.length || expected.some((name, index) => name !== actual[index])) {
    throw malformed(
      `entries must be ${expected.join(', ')}, got ${actual.map(quoteName).join(', ') || 'none'}`,
    );
  }
  requireHeaders(bytes, entries, modifiedTime(manifest));
  const sealedParts = new Map<PartName, Uint8Array>();
  manifest.parts.forEach((part, index) => {
    const sealed = rest[index]?.content ?? new Uint8Array();
    requireDigest(part, sealed);
    sealedParts.set(part.name, sealed);
  });
  return { manifest, sealedParts };
}

/** Entries carry the time that the backup is for, so that an unpacked folder shows it. */
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
