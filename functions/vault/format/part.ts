import type { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { constants, createZstdCompress, type ZstdOptions, zstdDecompress } from 'node:zlib';
import { TenantBackupError } from '../../errors.ts';
import { purposeOf } from './key-purpose.ts';
import type { PartName } from './manifest.ts';

/** The type declarations lack `info`, which also returns the engine, and with it the number of bytes read.
 * @see https://nodejs.org/api/zlib.html#class-options */
const decompressWithInfo = promisify(zstdDecompress) as unknown as (
  bytes: Uint8Array,
  options: ZstdOptions,
) => Promise<{ readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }>;

/** zstd's own default: for configuration documents, higher levels cost more time than they save bytes. */
const COMPRESSION_LEVEL = 3;

/** Size of output chunks. The default of 16 KiB costs a round through the thread pool for each. */
const CHUNK_BYTES = 1024 * 1024;

/** The smallest chunk that `node:zlib` accepts. */
const MIN_CHUNK_BYTES = constants.Z_MIN_CHUNK;

/** The largest window that readers must support, as a power of two: 8 MiB, as RFC 8878 recommends.
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1.2 */
const MAX_WINDOW_LOG = 23;

/** The first bytes of a zstd frame that is not a skippable one. */
const FRAME_MAGIC = Buffer.from('28b52ffd', 'hex');

/** Credentials are padded to a multiple of this size, in bytes. */
export const PADDING_BYTES = 4096;

/** Tells whether a part is compressed. Credentials are not compressed: their size is public. The compressed size of a
 * secret beside text of an attacker reveals the secret, character by character.
 * @see https://www.rfc-editor.org/rfc/rfc3749#section-6 */
export const isCompressed = (name: PartName): boolean => purposeOf(name) === 'configuration';

/** Encodes a part for sealing: its JSON text is compressed, or padded with spaces, which JSON allows at its end.
 * @param plain bytes, or consecutive pieces of them
 * @returns the content, and the size of the text in bytes, padding included */
export async function encodePart(
  name: PartName,
  plain: Uint8Array | readonly Uint8Array[],
): Promise<{ readonly plainBytes: number; readonly content: Buffer }> {
  const pieces = plain instanceof Uint8Array ? [plain] : plain;
  const sizeBytes = sizeOf(pieces);
  if (isCompressed(name)) return { plainBytes: sizeBytes, content: await compressPart(pieces) };
  const plainBytes = Math.ceil(sizeBytes / PADDING_BYTES) * PADDING_BYTES;
  const padding = Buffer.alloc(plainBytes - sizeBytes, ' ');
  return { plainBytes, content: Buffer.concat([...pieces, padding]) };
}

/** Decodes the JSON text of a part, with its padding if it has any.
 * @param plainBytes from the manifest
 * @throws PART_MALFORMED if its size is another, or if it is not as `encodePart` makes it
 * @see encodePart */
export async function decodePart(name: PartName, content: Buffer, plainBytes: number): Promise<Buffer> {
  if (isCompressed(name)) return decompressPart(content, plainBytes);
  if (content.byteLength === plainBytes && plainBytes % PADDING_BYTES === 0) return content;
  throw malformed(
    `${plainBytes} bytes, a multiple of ${PADDING_BYTES}, got ${content.byteLength}`,
    plainBytes,
  );
}

/** Compresses the JSON text of a part: one zstd frame with content checksum and size.
 * @param plain consecutive pieces
 * @see https://www.rfc-editor.org/rfc/rfc8878 */
async function compressPart(pieces: readonly Uint8Array[]): Promise<Buffer> {
  const zstd = createZstdCompress({
    params: { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
    pledgedSrcSize: sizeOf(pieces),
    chunkSize: CHUNK_BYTES,
  });
  const compressed = buffer(zstd);
  try {
    // Write one piece after the other. If pieces are waiting when the stream ends, Node adds an empty frame after the
    // real one.
    for (const piece of joinSmall(pieces)) await write(zstd, piece);
    zstd.end();
    return await compressed;
  } catch (error) {
    zstd.destroy();
    await compressed.catch(() => {});
    throw error;
  }
}

/** Smaller pieces are joined, because each written piece costs a round through the thread pool. */
const SMALL_BYTES = 256 * 1024;

function* joinSmall(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  let small: Uint8Array[] = [];
  for (const piece of pieces) {
    if (sizeOf(small) + piece.byteLength > SMALL_BYTES) {
      if (small.length > 0) yield Buffer.concat(small);
      small = [];
    }
    if (piece.byteLength > SMALL_BYTES) yield piece;
    else small.push(piece);
  }
  if (small.length > 0) yield Buffer.concat(small);
}

const write = (stream: Writable, piece: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(piece, (error) => (error ? reject(error) : resolve()));
  });

/** Returns the size of all pieces, in bytes. */
const sizeOf = (pieces: readonly Uint8Array[]): number =>
  pieces.reduce((sum, piece) => sum + piece.byteLength, 0);

/** Decompresses a part, at most to the size in its manifest.
 * @param plainBytes size after decompression, from the manifest
 * @throws PART_MALFORMED if it is not zstd, needs a larger window, or has another size */
async function decompressPart(compressed: Uint8Array, plainBytes: number): Promise<Buffer> {
  // The library decompresses a skippable frame to nothing.
  if (!FRAME_MAGIC.equals(compressed.subarray(0, FRAME_MAGIC.byteLength))) {
    throw malformed('a zstd frame', plainBytes);
  }
  let plain: Buffer;
  let readBytes: number;
  try {
    const { buffer, engine } = await decompressWithInfo(compressed, {
      info: true,
      params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
      maxOutputLength: Math.max(plainBytes, 1),
      // One chunk holds the whole part and one byte more, so that no second chunk must be joined.
      chunkSize: Math.max(plainBytes + 1, MIN_CHUNK_BYTES),
    });
    plain = buffer;
    readBytes = engine.bytesWritten;
  } catch (cause) {
    throw malformed(`zstd that decompresses to ${plainBytes} bytes`, plainBytes, cause);
  }
  // The library silently ignores bytes after the first frame.
  if (readBytes !== compressed.byteLength) {
    throw malformed(`one zstd frame of ${compressed.byteLength} bytes, got one of ${readBytes}`, plainBytes);
  }
  if (plain.byteLength !== plainBytes) {
    throw malformed(`${plainBytes} bytes after decompression, got ${plain.byteLength}`, plainBytes);
  }
  return plain;
}

const malformed = (expected: string, plainBytes: number, cause?: unknown) =>
  new TenantBackupError('PART_MALFORMED', `part must be ${expected}`, { plainBytes }, { cause });
