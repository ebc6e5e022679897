/**
 * The envelope of an archive: a plain ustar. This is our own code because the format is frozen: a header has exactly
 * one valid form, so that reading can compare it, and no package update can make old archives unreadable. Any `tar`
 * program opens the result.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 ustar interchange format
 */
import { TenantBackupError } from '../../errors.ts';

export const BLOCK_BYTES = 512;

/** An archive ends with two empty blocks, and nothing after them. */
const END_BYTES = 2 * BLOCK_BYTES;

/** One file of an archive. */
export interface TarEntry {
  /** 1 to 100 ASCII characters. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** Packs files in the order given. The same input gives the same bytes.
 * @param modified time of all entries, to the second
 * @see unpackTar */
export function packTar(entries: readonly TarEntry[], modified: Date): Buffer {
  const sizeBytes = entries.reduce(
    (sum, { content }) => sum + BLOCK_BYTES + paddedBytes(content.byteLength),
    0,
  );
  const tar = Buffer.alloc(sizeBytes + END_BYTES);
  let offset = 0;
  for (const { name, content } of entries) {
    tarHeader(name, content.byteLength, modified).copy(tar, offset);
    tar.set(content, offset + BLOCK_BYTES);
    offset += BLOCK_BYTES + paddedBytes(content.byteLength);
  }
  return tar;
}

/** Unpacks a tar. Nothing is copied: contents are views of `tar`. It reads only names and sizes; `requireHeaders`
 * checks all bytes of the headers, once the time is known.
 * @throws ARCHIVE_MALFORMED if it is cut short, continues after its end, or has padding that is not zero */
export function unpackTar(tar: Uint8Array, maxEntries: number): TarEntry[] {
  if (tar.byteLength % BLOCK_BYTES !== 0 || tar.byteLength < END_BYTES) {
    throw malformed(
      `archive must be whole blocks of ${BLOCK_BYTES} bytes, at least 2, got ${tar.byteLength} bytes`,
    );
  }
  const entries: TarEntry[] = [];
  const end = tar.byteLength - END_BYTES;
  let offset = 0;
  while (offset < end) {
    if (entries.length === maxEntries) throw malformed(`archive must have at most ${maxEntries} entries`);
    const header = Buffer.from(tar.buffer, tar.byteOffset + offset, BLOCK_BYTES);
    const name = header.toString('latin1', 0, 100).replace(/\0.*$/s, '');
    const sizeText = header.toString('latin1', 124, 136);
    if (!/^[0-7]{11} $/.test(sizeText)) throw malformed(`archive must be a tar file, at byte ${offset}`);
    const sizeBytes = Number.parseInt(sizeText, 8);
    const start = offset + BLOCK_BYTES;
    const next = start + paddedBytes(sizeBytes);
    if (next > end) {
      throw malformed(`entry ${quoteName(name)} must end before byte ${end}, says ${start + sizeBytes}`);
    }
    requireZeros(tar, start + sizeBytes, next, `padding of ${quoteName(name)}`);
    entries.push({ name, content: tar.subarray(start, start + sizeBytes) });
    offset = next;
  }
  requireZeros(tar, end, tar.byteLength, 'end of the archive');
  return entries;
}

/** Checks that a tar holds exactly these entries, with exactly the headers that `packTar` writes: no other type,
 * owner, mode or time. Together with `unpackTar` it checks every byte of a tar except the contents.
 * @throws ARCHIVE_MALFORMED */
export function requireHeaders(tar: Uint8Array, entries: readonly TarEntry[], modified: Date): void {
  let offset = 0;
  for (const { name, content } of entries) {
    const header = tar.subarray(offset, offset + BLOCK_BYTES);
    if (Buffer.compare(header, tarHeader(name, content.byteLength, modified)) !== 0) {
      throw malformed(`header of ${quoteName(name)} must be as this format writes it`);
    }
    offset += BLOCK_BYTES + paddedBytes(content.byteLength);
  }
}

/** Writes the ustar header of a regular file with mode 0600 that belongs to user 0. */
function tarHeader(name: string, sizeBytes: number, modified: Date): Buffer {
  if (!/^[\x21-\x7e]{1,100}$/.test(name)) throw new TypeError(`no name for a tar entry: ${quoteName(name)}`);
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(name, 0, 'latin1');
  header.write('000600 \0', 100, 'latin1');
  header.write('000000 \0', 108, 'latin1');
  header.write('000000 \0', 116, 'latin1');
  header.write(`${octal(sizeBytes)} `, 124, 'latin1');
  header.write(`${octal(Math.floor(modified.getTime() / 1000))} `, 136, 'latin1');
  header.write('        ', 148, 'latin1');
  header.write('0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write('000000 \0', 329, 'latin1');
  header.write('000000 \0', 337, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** Writes eleven octal digits: sizes up to 8 GiB, times until the year 2242. */
function octal(value: number): string {
  const text = value.toString(8).padStart(11, '0');
  if (!/^[0-7]{11}$/.test(text)) throw new RangeError(`no number for a tar header: ${value}`);
  return text;
}

const paddedBytes = (sizeBytes: number): number => Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;

function requireZeros(tar: Uint8Array, start: number, end: number, what: string): void {
  for (let at = start; at < end; at++) {
    if (tar[at] !== 0) throw malformed(`${what} must be empty, byte ${at} is not`);
  }
}

const malformed = (message: string) => new TenantBackupError('ARCHIVE_MALFORMED', message);

export const quoteName = (name: string | undefined): string =>
  name === undefined ? 'nothing' : JSON.stringify(name.slice(0, 100));
