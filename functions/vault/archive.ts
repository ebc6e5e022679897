import { createHash } from 'node:crypto';
import { extract, pack } from 'tar-stream';
import { TenantBackupError } from '../errors.ts';
import {
  MAX_MANIFEST_BYTES,
  type Manifest,
  type PartName,
  parseManifest,
  serializeManifest,
} from './manifest.ts';

/** An opened tar: the judged manifest and the still sealed parts, whose sizes and digests are as the manifest says. */
export interface Archive {
  readonly manifest: Manifest;
  readonly sealedParts: ReadonlyMap<PartName, Uint8Array>;
}

export const MANIFEST_FILE = 'manifest.json';
export const partFile = (name: PartName): string => `${name}.json.zst.encrypted`;
export const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Build an archive: a plain ustar with `manifest.json` first, then each part in the manifest's order.
 * The same input gives the same bytes. */
export async function packArchive({ manifest, sealedParts }: Archive): Promise<Buffer> {
  const tar = pack();
  const mtime = new Date(manifest.scheduledTime);
  const add = (name: string, content: Uint8Array) =>
    tar.entry(
      { name, mtime, mode: 0o600 },
      Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    );
  add(MANIFEST_FILE, serializeManifest(manifest));
  for (const { name } of manifest.parts) {
    const sealed = sealedParts.get(name);
    if (!sealed) throw new TypeError(`sealed part ${name} is missing`);
    add(partFile(name), sealed);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Take an archive apart and check that it holds exactly what its manifest says, before anything is decrypted.
 * @throws ARCHIVE_MALFORMED if it is no tar, is cut short, or its entries are not the manifest's
 * @throws MANIFEST_MALFORMED, FORMAT_UNSUPPORTED see `parseManifest`
 * @throws DIGEST_MISMATCH if a part has another size or digest than the manifest says */
export async function unpackArchive(bytes: Uint8Array): Promise<Archive> {
  checkEnd(bytes);
  const entries = await readEntries(bytes);
  const [first, ...rest] = entries;
  if (first?.name !== MANIFEST_FILE) {
    throw malformed(`first entry must be ${MANIFEST_FILE}, got ${quoteName(first?.name)}`);
  }
  const manifest = parseManifest(first.content);
  const expected = manifest.parts.map((part) => partFile(part.name));
  const actual = rest.map((entry) => entry.name);
  if (expected.length !== actual.length || expected.some((name, index) => name !== actual[index])) {
    throw malformed(
      `entries must be ${expected.join(', ')}, got ${actual.map(quoteName).join(', ') || 'none'}`,
    );
  }
  const sealedParts = new Map<PartName, Uint8Array>();
  manifest.parts.forEach((part, index) => {
    const content = rest[index]?.content ?? new Uint8Array();
    if (content.byteLength !== part.sealedBytes) {
      throw new TenantBackupError(
        'DIGEST_MISMATCH',
        `${part.name} must have ${part.sealedBytes} bytes, got ${content.byteLength}`,
        { part: part.name },
      );
    }
    const digest = sha256Hex(content);
    if (digest !== part.sealedSha256) {
      throw new TenantBackupError(
        'DIGEST_MISMATCH',
        `${part.name} must have SHA-256 ${part.sealedSha256}, got ${digest}`,
        {
          part: part.name,
        },
      );
    }
    sealedParts.set(part.name, content);
  });
  // Padding, headers and the order of fields are covered by no digest. Packing anew and comparing leaves no byte of
  // an archive that could be changed without being noticed.
  const again = await packArchive({ manifest, sealedParts });
  if (Buffer.compare(again, bytes) !== 0) {
    throw malformed('bytes outside of the parts differ from what this format version writes');
  }
  return { manifest, sealedParts };
}

interface Entry {
  readonly name: string;
  readonly content: Buffer;
}

const BLOCK_BYTES = 512;

/** A tar ends with two blocks of zeros: without them it was cut short, however well the rest parses. */
function checkEnd(bytes: Uint8Array): void {
  const tail = bytes.subarray(-2 * BLOCK_BYTES);
  if (
    bytes.byteLength % BLOCK_BYTES !== 0 ||
    tail.byteLength < 2 * BLOCK_BYTES ||
    tail.some((byte) => byte !== 0)
  ) {
    throw malformed(
      `archive must end with two empty blocks of ${BLOCK_BYTES} bytes, got ${bytes.byteLength} bytes`,
    );
  }
}

async function readEntries(bytes: Uint8Array): Promise<Entry[]> {
  const entries: Entry[] = [];
  const tar = extract();
  tar.on('entry', (header, stream, next) => {
    const refuse = (message: string) => {
      stream.resume();
      next(malformed(message));
    };
    if (header.type !== 'file')
      return refuse(`entry ${quoteName(header.name)} must be a file, got ${header.type}`);
    const limit = entries.length === 0 ? MAX_MANIFEST_BYTES : bytes.byteLength;
    const size = header.size ?? 0;
    if (size > limit)
      return refuse(`entry ${quoteName(header.name)} must be at most ${limit} bytes, got ${size}`);
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(chunk as Buffer));
    stream.on('end', () => {
      entries.push({ name: header.name, content: Buffer.concat(chunks) });
      next();
    });
  });
  const finished = new Promise<void>((resolve, reject) => {
    tar.on('finish', resolve);
    tar.on('error', reject);
  });
  tar.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  try {
    await finished;
  } catch (cause) {
    if (cause instanceof TenantBackupError) throw cause;
    throw malformed('archive must be a tar file', cause);
  }
  return entries;
}

const malformed = (message: string, cause?: unknown) =>
  new TenantBackupError('ARCHIVE_MALFORMED', message, {}, { cause });

const quoteName = (name: string | undefined): string =>
  name === undefined ? 'nothing' : JSON.stringify(name.slice(0, 100));
