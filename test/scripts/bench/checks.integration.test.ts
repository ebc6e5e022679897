import { expect, test } from 'vitest';
import { playDay } from '../../../scripts/bench/checks.ts';

/** A short day of checks on the deployed stack, with the roles of its functions. */

test('a tenant that changes twice has three versions, and is fresh by its last check', async () => {
  const day = await playDay({ checks: 6, changes: 2, exportBytes: 20_000 }, () => {});
  expect(day).toMatchObject({
    versions: 3,
    state: 'unchanged',
    freshness: 'fresh',
    checkedAt: expect.any(String),
  });
  // One data key for each of two parts of each version, and a signature: the checks seal nothing.
  expect(day.calls).toMatchObject({ 'kms GenerateDataKey': 6, 'kms Sign': 3 });
  expect(day.calls).not.toHaveProperty('kms Decrypt');
});
