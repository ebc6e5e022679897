import { describe, expect, test } from 'vitest';
import type { BackupKey } from '../../../../functions/vault/keys/key-registry.ts';
import { aliasOf, findKey, parsePurpose } from '../../../../scripts/cli/aws/key-tools.ts';
import { rejectionOf } from '../../../rejection.ts';

const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/';
const key = (purpose: BackupKey['purpose'], id: string, label: string, tenant: string | null = null) => ({
  purpose,
  keyArn: ARN + id,
  labels: [label],
  tenant,
  isDefault: false,
});
const keys: BackupKey[] = [
  key('configuration', 'k1', 'first'),
  key('configuration', 'k2', 'own', 'acme'),
  key('configuration', 'k3', 'own', 'globex'),
  key('credentials', 'c1', 'first'),
];

describe('findKey', () => {
  test.each([
    ['first', 'credentials', 'c1'],
    ['first', 'configuration', 'k1'],
    ['acme/own', undefined, 'k2'],
    ['k3', undefined, 'k3'],
    [`${ARN}c1`, undefined, 'c1'],
  ] as const)('finds %s among the keys for %s', (name, purpose, id) => {
    expect(findKey(keys, name, purpose).keyArn).toBe(ARN + id);
  });

  test.each([
    ['own', undefined, 'no backup key "own"; known keys: configuration/first, configuration/acme/own'],
    ['c1', 'configuration', 'no configuration key "c1"'],
    [
      'first',
      undefined,
      '"first" names 2 backup keys: configuration/first, credentials/first; add --purpose',
    ],
    ['', undefined, 'no backup key ""'],
  ] as const)('refuses "%s" among the keys for %s, and says which there are', async (name, purpose, said) => {
    expect(await rejectionOf(() => findKey(keys, name, purpose))).toMatchObject({
      code: 'KEY_UNKNOWN',
      message: expect.stringContaining(said),
    });
  });
});

test('aliasOf gives the name of an alias that the commands of KMS take', () => {
  const aliasArn = 'arn:aws:kms:eu-central-1:111122223333:alias/Trial/credentials';
  expect(aliasOf({ configuration: '', credentials: aliasArn }, 'credentials')).toBe(
    'alias/Trial/credentials',
  );
});

test('parsePurpose refuses other words', async () => {
  expect(parsePurpose('credentials')).toBe('credentials');
  expect(await rejectionOf(() => parsePurpose('config'))).toMatchObject({
    code: 'INVALID_REQUEST',
    message: 'purpose must be configuration or credentials, got "config"',
  });
});
