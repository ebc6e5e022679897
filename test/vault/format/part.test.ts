import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PART_NAMES, type PartName } from '../../../functions/vault/format/manifest.ts';
import { decodePart, encodePart, PADDING_BYTES } from '../../../functions/vault/format/part.ts';
import { rejectionOf } from '../../rejection.ts';

const compress = promisify(zstdCompress);
const MEBIBYTE = 1024 * 1024;

const compressPart = async (plain: Uint8Array | readonly Uint8Array[]) =>
  (await encodePart('hub.config', plain)).content;
const decompressPart = (content: Buffer, plainBytes: number) => decodePart('hub.config', content, plainBytes);

describe('a compressed part', () => {
  it('decompresses to what was compressed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (plain) => {
        expect((await decompressPart(await compressPart(plain), plain.byteLength)).equals(plain)).toBe(true);
      }),
    );
  });

  it.each([0, 1, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 5 * MEBIBYTE])(
    'holds %i bytes of any kind',
    async (size) => {
      for (const plain of [randomBytes(size), Buffer.alloc(size, 'abc')]) {
        expect((await decompressPart(await compressPart(plain), size)).equals(plain)).toBe(true);
      }
    },
  );

  it('is the same frame in however many pieces it was given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), async (pieces) => {
        const plain = Buffer.concat(pieces);
        const frame = await compressPart(pieces);
        expect((await decompressPart(frame, plain.byteLength)).equals(plain)).toBe(true);
      }),
    );
  });

  it('holds pieces of any size in their order', async () => {
    const piece = fc.constantFrom(0, 1, 5_000, MEBIBYTE / 4 - 1, MEBIBYTE / 4, MEBIBYTE / 4 + 1, MEBIBYTE);
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (sizes) => {
        const pieces = sizes.map((size) => randomBytes(size));
        const plain = Buffer.concat(pieces);
        expect((await decompressPart(await compressPart(pieces), plain.byteLength)).equals(plain)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('is one frame with size and checksum', async () => {
    const frame = await compressPart(Buffer.from('{"a":1}'));
    expect(frame.readUInt32LE(0)).toBe(0xfd2fb528);
    const descriptor = frame[4] ?? 0;
    expect({ checksum: (descriptor >> 2) & 1, singleSegment: (descriptor >> 5) & 1 }).toEqual({
      checksum: 1,
      singleSegment: 1,
    });
    expect(frame[5]).toBe(7);
  });

  it('never becomes more than announced: a bomb costs what was announced, not what it holds', async () => {
    const bomb = await compress(Buffer.alloc(256 * MEBIBYTE));
    expect(bomb.byteLength).toBeLessThan(32 * 1024);
    const before = process.memoryUsage().rss;
    expect(await rejectionOf(decompressPart(bomb, 1000))).toMatchObject({
      code: 'PART_MALFORMED',
      facts: { plainBytes: 1000 },
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MEBIBYTE);
  });

  it.each([-1, 1])('is refused if it has %i byte more than announced', async (difference) => {
    const plain = Buffer.alloc(1000, 'x');
    expect(await rejectionOf(decompressPart(await compressPart(plain), 1000 - difference))).toMatchObject({
      code: 'PART_MALFORMED',
    });
  });

  it('is refused if it is no zstd, is cut short, has a wrong checksum, or anything after its end', async () => {
    const plain = randomBytes(1000);
    const frame = await compressPart(plain);
    const wrong = Buffer.from(frame);
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
    const broken = [
      plain,
      frame.subarray(0, -1),
      frame.subarray(0, 20),
      Buffer.alloc(0),
      wrong,
      Buffer.concat([frame, Buffer.from('x')]),
    ];
    for (const bytes of broken) {
      expect(await rejectionOf(decompressPart(bytes, 1000))).toMatchObject({ code: 'PART_MALFORMED' });
    }
  });

  it('is refused with a skippable frame before, behind or instead of it', async () => {
    const frame = await compressPart(Buffer.from('x'));
    const skippable = Buffer.from('502a4d1801000000ff', 'hex');
    for (const [bytes, plainBytes] of [
      [Buffer.concat([skippable, frame]), 1],
      [Buffer.concat([frame, skippable]), 1],
      [skippable, 0],
    ] as const) {
      expect(await rejectionOf(decompressPart(bytes, plainBytes))).toMatchObject({ code: 'PART_MALFORMED' });
    }
  });

  it('is refused if it asks for a window above 8 MiB', async () => {
    const plain = randomBytes(9 * MEBIBYTE);
    const wide = await compress(plain, { params: { [constants.ZSTD_c_windowLog]: 24 } });
    expect(await rejectionOf(decompressPart(wide, plain.byteLength))).toMatchObject({
      code: 'PART_MALFORMED',
    });
  });
});

describe('credentials', () => {
  const names = PART_NAMES.filter((name) => name.endsWith('.credentials'));
  const lengths = fc.constantFrom(
    0,
    1,
    2,
    PADDING_BYTES - 1,
    PADDING_BYTES,
    PADDING_BYTES + 1,
    3 * PADDING_BYTES,
  );

  it('are what they were, followed by spaces up to whole 4 KiB', async () => {
    const name = fc.constantFrom<PartName>(...names);
    const pieces = fc.array(lengths, { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(name, pieces, async (part, sizes) => {
        const plain = sizes.map((size) => randomBytes(size));
        const whole = Buffer.concat(plain);
        const { plainBytes, content } = await encodePart(part, plain);
        expect(plainBytes % PADDING_BYTES).toBe(0);
        expect(plainBytes - whole.byteLength).toBeLessThan(PADDING_BYTES);
        const opened = await decodePart(part, content, plainBytes);
        expect(opened.subarray(0, whole.byteLength).equals(whole)).toBe(true);
        expect(opened.subarray(whole.byteLength).every((byte) => byte === 0x20)).toBe(true);
        expect((await encodePart(part, opened)).content.equals(opened)).toBe(true);
      }),
    );
  });

  it('are still the same JSON', async () => {
    const { content } = await encodePart('hub.credentials', Buffer.from('{"/a":"b"}'));
    expect(JSON.parse(content.toString())).toEqual({ '/a': 'b' });
  });

  it('are refused with another size than announced, or with one that is not whole', async () => {
    for (const [bytes, plainBytes] of [
      [PADDING_BYTES, 2 * PADDING_BYTES],
      [2 * PADDING_BYTES, PADDING_BYTES],
      [100, 100],
    ] as const) {
      expect(
        await rejectionOf(decodePart('hub.credentials', Buffer.alloc(bytes, ' '), plainBytes)),
      ).toMatchObject({ code: 'PART_MALFORMED' });
    }
  });

  // A compressed size tells how much of one secret is like another: the next character of a secret is the guess that comes out
  // smallest. Here the neighbour may guess as often as he likes, with the right text among his guesses.
  it.each(names)('have a size in %s that does not tell whether a guess is right', async (name) => {
    const secret = randomBytes(32).toString('base64url');
    const sizeOf = async (guess: string) =>
      (await encodePart(name, Buffer.from(JSON.stringify({ '/victim': secret, '/neighbour': guess }))))
        .content.byteLength;
    const guesses = Array.from({ length: 64 }, () => randomBytes(32).toString('base64url'));
    const sizes = await Promise.all([secret, `${secret.slice(0, 42)}!`, ...guesses].map(sizeOf));
    expect(new Set(sizes)).toEqual(new Set([PADDING_BYTES]));
  });
});
