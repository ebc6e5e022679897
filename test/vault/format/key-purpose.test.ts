import { KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { purposeOf } from '../../../functions/vault/format/key-purpose.ts';
import { PART_NAMES } from '../../../functions/vault/format/manifest.ts';
import { createSealer } from '../../../functions/vault/keys/sealer.client.ts';

describe('purposeOf', () => {
  test('tells every part that may hold credentials from those that hold none', () => {
    expect(PART_NAMES.map((name) => [name, purposeOf(name)])).toEqual([
      ['hub.config', 'configuration'],
      ['hub.credentials', 'credentials'],
      ['system.config', 'configuration'],
      ['system.credentials', 'credentials'],
      ['identity.credentials', 'credentials'],
    ]);
  });
});

describe('an opener', () => {
  // Trust is decided before KMS is asked.
  const { canOpenFor } = createSealer(new KMSClient({ region: 'eu-central-1' })).opener({
    configuration: ['k1'],
    credentials: ['c1'],
  });

  test.each([
    ['k1', 'hub.config', true],
    ['k1', 'hub.credentials', false],
    ['c1', 'hub.credentials', true],
    ['c1', 'identity.credentials', true],
    ['c1', 'system.config', false],
    ['x1', 'hub.config', false],
  ] as const)('asked whether it trusts %s with %s, says %s', (keyArn, part, trusted) => {
    expect(canOpenFor({ type: 'kms', keyArn }, part)).toBe(trusted);
  });

  test('trusts no escrow recipient', () => {
    expect(canOpenFor({ type: 'escrow', fingerprint: 'k1' }, 'hub.config')).toBe(false);
  });
});
