import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkEncryptionContext,
  encryptionContextOf,
} from '../../../functions/vault/format/encryption-context.ts';
import { rejectionOf } from '../../rejection.ts';

const identity = {
  tenant: 'acme',
  backupId: '20260131T020000Z-0123abcd',
  part: 'hub.config',
  manifestSha256: 'ab'.repeat(32),
} as const;
const expected = encryptionContextOf({ ...identity, formatVersion: 1 });

describe('the encryption context of a part', () => {
  it('names tenant, backup, part, version and manifest', () => {
    expect(expected).toEqual({ ...identity, formatVersion: '1' });
  });

  it('is accepted with the signing key that the Encryption SDK adds', () => {
    checkEncryptionContext({ ...expected, 'aws-crypto-public-key': 'any' }, expected);
  });

  it('is refused with any field other, missing or added, by the name of the field', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(expected)), fc.string(), async (field, value) => {
        fc.pre(value !== expected[field]);
        const { [field]: _left, ...less } = expected;
        for (const actual of [{ ...expected, [field]: value }, less]) {
          expect(await rejectionOf(() => checkEncryptionContext(actual, expected))).toMatchObject({
            code: 'CONTEXT_MISMATCH',
            facts: { field },
          });
        }
      }),
    );
    expect(
      await rejectionOf(() => checkEncryptionContext({ ...expected, more: '' }, expected)),
    ).toMatchObject({
      code: 'CONTEXT_MISMATCH',
      facts: { field: 'more' },
    });
  });
});
