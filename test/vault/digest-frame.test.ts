import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkDigestFrame,
  DIGEST_FRAME_BYTES,
  writeDigestFrame,
} from '../../functions/vault/digest-frame.ts';
import { rejectionOf } from '../rejection.ts';

const digest = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const bytes = fc.uint8Array({ maxLength: 100 }).map((content) => Buffer.from(content));

describe('the frame with the digest of the manifest', () => {
  it('is the one that docs/FORMAT.md describes', () => {
    expect(writeDigestFrame('ab'.repeat(32)).toString('hex')).toBe(`5b2a4d1820000000${'ab'.repeat(32)}`);
  });

  it('is taken off from before whatever follows it', () => {
    fc.assert(
      fc.property(digest, bytes, (own, content) => {
        const frame = writeDigestFrame(own);
        expect(frame.byteLength).toBe(DIGEST_FRAME_BYTES);
        expect(checkDigestFrame(Buffer.concat([frame, content]), own).equals(content)).toBe(true);
      }),
    );
  });

  it('of another manifest is refused', async () => {
    await fc.assert(
      fc.asyncProperty(digest, digest, bytes, async (own, other, content) => {
        fc.pre(own !== other);
        const failure = await rejectionOf(() =>
          checkDigestFrame(Buffer.concat([writeDigestFrame(other), content]), own),
        );
        expect(failure).toMatchObject({ code: 'CONTEXT_MISMATCH', facts: { field: 'manifestSha256' } });
      }),
    );
  });

  it('is missed where anything else is, also if that is short', async () => {
    const frame = writeDigestFrame('ab'.repeat(32));
    await fc.assert(
      fc.asyncProperty(bytes, fc.nat({ max: DIGEST_FRAME_BYTES - 1 }), async (content, length) => {
        fc.pre(!content.subarray(0, 8).equals(frame.subarray(0, 8)));
        for (const broken of [content, frame.subarray(0, length)]) {
          expect(await rejectionOf(() => checkDigestFrame(broken, 'ab'.repeat(32)))).toMatchObject({
            code: 'PART_MALFORMED',
          });
        }
      }),
    );
  });
});
