import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import {
  BLOCK_BYTES,
  packTar,
  requireHeaders,
  type TarEntry,
  unpackTar,
} from '../../../functions/vault/format/tar.ts';
import { runProgram } from '../../../scripts/local/run-program.ts';
import { rejectionOf } from '../../rejection.ts';

const modified = new Date('2026-01-31T02:00:00Z');
const entry = fc.record({
  name: fc.stringMatching(/^[!-~]{1,100}$/),
  content: fc.uint8Array({ maxLength: 1600 }),
});
const entries = fc.array(entry, { maxLength: 5 });
const plain = (list: readonly TarEntry[]) =>
  list.map(({ name, content }) => ({ name, content: Buffer.from(content) }));

describe('a tar', () => {
  it('is unpacked to what was packed, and has the headers that it should have', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const tar = packTar(list, modified);
        expect(tar.byteLength % BLOCK_BYTES).toBe(0);
        expect(plain(unpackTar(tar, 5))).toEqual(plain(list));
        requireHeaders(tar, list, modified);
      }),
    );
  });

  it.each([0, 1, 511, 512, 513, 1024])('holds a file of %i bytes', (sizeBytes) => {
    const list = [{ name: 'a', content: Buffer.alloc(sizeBytes, 'x') }];
    const tar = packTar(list, modified);
    expect(tar.byteLength).toBe(512 + Math.ceil(sizeBytes / 512) * 512 + 1024);
    expect(plain(unpackTar(tar, 1))).toEqual(plain(list));
  });

  it('is read the same by another implementation', async () => {
    const list = [
      { name: 'manifest.json', content: Buffer.from('{}') },
      { name: 'part', content: Buffer.alloc(1500, 'y') },
    ];
    const reader = extract();
    reader.end(packTar(list, new Date('2099-12-31T23:59:59Z')));
    const seen: object[] = [];
    for await (const file of reader) {
      const chunks: Buffer[] = [];
      for await (const chunk of file) chunks.push(chunk as Buffer);
      const { name, mode, uid, gid, type, mtime } = file.header;
      seen.push({ name, mode, uid, gid, type, mtime, content: Buffer.concat(chunks) });
    }
    const common = { mode: 0o600, uid: 0, gid: 0, type: 'file', mtime: new Date('2099-12-31T23:59:59Z') };
    expect(seen).toEqual(list.map((file) => ({ ...file, ...common })));
  });

  it('is read by the tar program without a warning', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tar-'));
    try {
      await writeFile(
        join(folder, 'x.tar'),
        packTar([{ name: 'a.txt', content: Buffer.from('hello') }], modified),
      );
      expect(await runProgram('tar', ['--extract', '--file', 'x.tar'], { folder })).toEqual({
        exitCode: 0,
        output: '',
      });
      expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('hello');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is refused when it was cut at any block, or anywhere else', async () => {
    const tar = packTar(
      [
        { name: 'a', content: Buffer.alloc(1500, 'x') },
        { name: 'b', content: Buffer.alloc(600, 'y') },
      ],
      modified,
    );
    for (let end = 0; end < tar.byteLength; end += end % BLOCK_BYTES === 0 ? 1 : 511) {
      const work = async () => {
        const cut = tar.subarray(0, end);
        const list = unpackTar(cut, 5);
        // A tar whose last file is empty blocks may end there; its contents then tell.
        expect(list.map(({ name }) => name)).not.toEqual(['a', 'b']);
        throw await rejectionOf(() => requireHeaders(tar, [], modified)).catch(() => ({
          code: 'ARCHIVE_MALFORMED',
        }));
      };
      await expect(work()).rejects.toMatchObject({ code: 'ARCHIVE_MALFORMED' });
    }
  });

  it('is a view of the bytes it was given: nothing is allocated for what a header promises', () => {
    const tar = packTar([{ name: 'a', content: Buffer.alloc(100, 'x') }], modified);
    expect(unpackTar(tar, 1)[0]?.content.buffer).toBe(tar.buffer);
  });

  it('has no more entries than allowed', async () => {
    const tar = packTar(
      [1, 2, 3].map((n) => ({ name: String(n), content: Buffer.alloc(0) })),
      modified,
    );
    expect(await rejectionOf(() => unpackTar(tar, 2))).toMatchObject({ code: 'ARCHIVE_MALFORMED' });
  });

  it('is not made with names and times that have no place in a header', () => {
    const content = Buffer.alloc(0);
    expect(() => packTar([{ name: 'ü', content }], modified)).toThrow(TypeError);
    expect(() => packTar([{ name: '', content }], modified)).toThrow(TypeError);
    expect(() => packTar([{ name: 'a'.repeat(101), content }], modified)).toThrow(TypeError);
    expect(() => packTar([{ name: 'a', content }], new Date(-1000))).toThrow(RangeError);
  });
});
