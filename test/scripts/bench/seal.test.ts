import { describe, expect, it } from 'vitest';
import { exportParts } from '../../../functions/config/export/export-parts.ts';
import { bigTenant } from '../../../scripts/bench/big-tenant.ts';
import { spreadOf } from '../../../scripts/bench/figures.ts';
import { bareWork, product } from '../../../scripts/bench/seal-work.ts';

describe('spreadOf', () => {
  it.each([
    [[3], { median: 3, minimum: 3, maximum: 3 }],
    [[3, 1, 2], { median: 2, minimum: 1, maximum: 3 }],
    [[4, 1, 3, 2], { median: 2.5, minimum: 1, maximum: 4 }],
  ])('of %j is %j', (values, spread) => {
    expect(spreadOf(values)).toEqual(spread);
  });
});

describe('the work that is measured', () => {
  it('is done to its end by both sides, on an export of the size asked for', async () => {
    const tenant = bigTenant(300_000);
    expect(tenant.full.byteLength).toBeGreaterThanOrEqual(300_000);
    expect(exportParts(tenant.full, tenant.mask).blanks).toEqual([]);
    const ours = product((which) => Buffer.from(tenant[which]));
    const archive = await ours.seal();
    expect(archive.byteLength).toBeGreaterThan(10_000);
    await ours.open(archive);
    const bare = bareWork(tenant.full);
    expect(await bare.seal()).toBeGreaterThan(10_000);
    await bare.open();
  });
});
