import { beforeAll, describe, expect, it } from 'vitest';
import type { PartName } from '../../functions/vault/format/manifest.ts';
import { encodePart } from '../../functions/vault/format/part.ts';
import { readSealHeader } from '../../functions/vault/format/sealed-message.ts';
import { BLOCK_BYTES, unpackTar } from '../../functions/vault/format/tar.ts';
import { rejectionOf } from '../rejection.ts';
import { withSealed } from './forged-archive.ts';
import { partsOf, SAMPLE_PARTS, SampleKeys } from './sample-backup.ts';

const keys = new SampleKeys();
/** Every run flips other bits; this one is printed, so that a failure can be repeated. */
const seed = Date.now() % 1_000_000;
/** One changed bit in each byte of `original`, another one with every seed. */
function* flips(original: Uint8Array): Generator<{ at: number; changed: Buffer }> {
  for (let at = 0; at < original.byteLength; at++) {
    const changed = Buffer.from(original);
    changed[at] = (original[at] as number) ^ (1 << ((Math.imul(at + 1, seed + 1) >>> 5) % 8));
    yield { at, changed };
  }
}

const AREAS: Readonly<Record<string, string>> = { 'manifest.json': 'manifest', 'manifest.sig': 'signature' };

/** What lies at each byte of an archive. */
function areasOf(archive: Uint8Array): string[] {
  const areas = new Array<string>(archive.byteLength).fill('end of archive');
  let offset = 0;
  for (const { name, content } of unpackTar(archive, 10)) {
    const start = offset + BLOCK_BYTES;
    const next = start + Math.ceil(content.byteLength / BLOCK_BYTES) * BLOCK_BYTES;
    areas.fill('tar header', offset, start);
    areas.fill(AREAS[name] ?? 'sealed part', start, start + content.byteLength);
    areas.fill('padding', start + content.byteLength, next);
    offset = next;
  }
  return areas;
}

/** What lies at each byte of a sealed part: the last part of its only frame, and the signature behind it, are told by
 * their lengths. */
function areasOfMessage(sealed: Uint8Array, contentBytes: number): string[] {
  const areas = new Array<string>(sealed.byteLength).fill('signature');
  readSealHeader(sealed);
  const signature = Buffer.from(sealed).length - signatureBytes(sealed);
  const body = signature - contentBytes - 16 - 24;
  areas.fill('message header', 0, body);
  areas.fill('frame', body, signature);
  return areas;
}

/** The footer is a length of two bytes and an ECDSA signature of 102 to 104 bytes in DER. */
function signatureBytes(sealed: Uint8Array): number {
  const message = Buffer.from(sealed);
  for (const length of [101, 102, 103, 104]) {
    if (message.readUInt16BE(message.length - length - 2) === length) return length + 2;
  }
  throw new Error('sealed part has no footer');
}

async function refused(archive: Uint8Array): Promise<string> {
  return (await rejectionOf(keys.openAll(archive))).code;
}

const report = (what: string, tried: Map<string, number>, detected: number, codes: Map<string, number>) => {
  const total = [...tried.values()].reduce((sum, count) => sum + count, 0);
  const list = (counts: Map<string, number>) =>
    [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
  console.log(
    `byte flips ${what}: ${total} tried (${list(tried)}), ${detected} detected (${list(codes)}), seed ${seed}`,
  );
  return total;
};

const count = (counts: Map<string, number>, name: string) =>
  void counts.set(name, (counts.get(name) ?? 0) + 1);

describe('a flipped bit', () => {
  const CONTENT = '{"document":"correct horse battery staple"}';
  let bytes: Buffer;
  /** With a single part, so that no time is spent on opening another one. */
  let single: Buffer;

  beforeAll(async () => {
    bytes = (await keys.seal({}, SAMPLE_PARTS)).bytes;
    single = (await keys.seal({}, { 'hub.config': CONTENT })).bytes;
  });

  it('is detected in every single byte of an archive', async () => {
    const areas = areasOf(bytes);
    const tried = new Map<string, number>();
    const codes = new Map<string, number>();
    let detected = 0;
    for (const { at, changed } of flips(bytes)) {
      count(tried, areas[at] ?? '');
      count(codes, await refused(changed));
      detected++;
    }
    expect(detected).toBe(report('in an archive', tried, detected, codes));
    expect([...tried.keys()].sort()).toEqual([
      'end of archive',
      'manifest',
      'padding',
      'sealed part',
      'signature',
      'tar header',
    ]);
  });

  it('is detected in every single byte of a sealed part whose digest was made right again', async () => {
    const name: PartName = 'hub.config';
    const { content } = await encodePart(name, Buffer.from(CONTENT));
    const { sealed } = partsOf(single);
    const original = sealed.get(name) ?? new Uint8Array();
    const areas = areasOfMessage(original, content.byteLength);
    const tried = new Map<string, number>();
    const codes = new Map<string, number>();
    let detected = 0;
    for (const { at, changed } of flips(original)) {
      count(tried, areas[at] ?? '');
      count(codes, await refused(withSealed(keys, partsOf(single), name, changed)));
      detected++;
    }
    expect(detected).toBe(report('in a sealed part', tried, detected, codes));
    expect([...tried.keys()].sort()).toEqual(['frame', 'message header', 'signature']);
    expect([...codes.keys()].sort()).toEqual(['CONTEXT_MISMATCH', 'KEY_MISMATCH', 'SEAL_BROKEN']);
  });
});
