import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkEncryptionContext, encryptionContextOf } from '../../functions/vault/encryption-context.ts';
import { FORMAT_VERSIONS } from '../../functions/vault/manifest.ts';
import { rejectionOf } from '../rejection.ts';

const identity = { tenant: 'acme', backupId: '20260131T020000Z-0123abcd', part: 'hub.config' } as const;
const manifestSha256 = 'ab'.repeat(32);
const versions = {
  1: encryptionContextOf({ ...identity, formatVersion: 1, manifestSha256 }),
  3: encryptionContextOf({ ...identity, formatVersion: 3 }),
};

it('the encryption context of version 1 names the manifest, that of version 3 what is known before there is one', () => {
  expect(versions).toEqual({
    1: { ...identity, formatVersion: '1', manifestSha256 },
    3: { ...identity, formatVersion: '3' },
  });
});

it('the encryption context of one version is refused as that of the other', async () => {
  for (const [actual, expected] of [
    [versions[1], versions[3]],
    [versions[3], versions[1]],
  ] as const) {
    expect(await rejectionOf(() => checkEncryptionContext(actual, expected))).toMatchObject({
      code: 'CONTEXT_MISMATCH',
      facts: { field: 'formatVersion' },
    });
  }
});

describe.each(FORMAT_VERSIONS)('the encryption context of a part of version %i', (formatVersion) => {
  const expected = versions[formatVersion];

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
