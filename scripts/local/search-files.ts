import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A needle, by its index, found in a file. */
export type Finding = { readonly file: string; readonly needle: number };

const CHUNK_BYTES = 1_048_576;

/** All regular files below a folder, sorted. Links are not followed. */
export const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
};

/**
 * The ways in which a secret may lie in a file without being legible: as it is, in JSON, in a URL or form, in
 * hexadecimal, and in Base64 and Base64url at each of the three offsets that it can have within a longer text.
 */
export const spellingsOf = (secret: string): string[] => {
  const bytes = Buffer.from(secret);
  const inBase64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    // The first and last characters depend on the neighbours too.
    return text.slice(offset === 0 ? 0 : offset + 1, (bytes.length + offset) % 3 === 0 ? undefined : -1);
  });
  return [
    ...new Set([
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      new URLSearchParams({ '': secret }).toString().slice(1),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      ...inBase64,
      ...inBase64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    ]),
  ];
};

const findingsIn = async (
  file: string,
  needles: readonly Buffer[],
  chunkBytes: number,
): Promise<Finding[]> => {
  const overlapBytes = Math.max(...needles.map((needle) => needle.length)) - 1;
  const missing = new Map(needles.entries());
  let before: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) {
    const window = Buffer.concat([before, chunk]);
    for (const [index, needle] of missing) {
      if (window.includes(needle)) missing.delete(index);
    }
    before = Buffer.from(window.subarray(Math.max(0, window.length - overlapBytes)));
  }
  return [...needles.keys()].filter((index) => !missing.has(index)).map((needle) => ({ file, needle }));
};

/**
 * Search every file below a folder for many needles, byte by byte, without holding a file in memory.
 * @param needles each at least one byte long
 * @returns each needle that a file holds, once; a file that goes away meanwhile is passed over
 * @throws RangeError if a needle is empty, which every file would hold
 */
export const searchFiles = async (
  folder: string,
  needles: readonly string[],
  { chunkBytes = CHUNK_BYTES }: { readonly chunkBytes?: number } = {},
): Promise<Finding[]> => {
  if (needles.includes('')) throw new RangeError('needles must be at least 1 byte long, got 0');
  if (needles.length === 0) return [];
  const buffers = needles.map((needle) => Buffer.from(needle));
  const findings: Finding[] = [];
  for (const file of await filesBelow(folder)) {
    try {
      findings.push(...(await findingsIn(file, buffers, chunkBytes)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return findings;
};
