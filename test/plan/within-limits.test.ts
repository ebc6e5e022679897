import { describe, expect, test } from 'vitest';
import { EVERYTHING, parseSelection } from '../../functions/config/select/selection.ts';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import { bothWithinLimits, withinLimits } from '../../functions/plan/within-limits.ts';
import { manifestLimits } from '../../functions/state/limits.ts';

const selection = parseSelection([{ resourceType: 'clients' }]);
const other = parseSelection([{ ids: ['a'] }]);
const limited = (withoutCredentials: boolean, selected = true) => ({
  backupId: '20260131T020000Z-00000001',
  limits: manifestLimits({ by: 'request', withoutCredentials, ...(selected && { selection }) }),
});

describe('a restore or plan', () => {
  test('of a whole backup, or of a live tenant, is what it asks for', () => {
    const asked = { credentials: 'restore', selection: other, prune: true, transform: {} } as const;
    for (const manifest of [null, { backupId: '' }]) {
      expect(withinLimits(asked, manifest)).toEqual({
        credentials: 'restore',
        selection: other,
        covers: undefined,
      });
    }
  });

  test.each([['restore'], ['keep'], [undefined]] as const)(
    'of a backup without credentials keeps those of the tenant, asked to %s',
    (credentials) => {
      expect(withinLimits({ credentials, prune: false }, limited(true, false))).toMatchObject({
        credentials: 'keep',
      });
      expect(withinLimits({ credentials, prune: false }, limited(false))).toMatchObject({ credentials });
    },
  );

  test('of a selection means that, unless it selects itself', () => {
    const asked = { credentials: undefined, prune: true };
    for (const nothing of [undefined, EVERYTHING]) {
      expect(withinLimits({ ...asked, selection: nothing }, limited(false))).toMatchObject({
        selection,
        covers: selection,
      });
    }
    expect(withinLimits({ ...asked, selection: other }, limited(false))).toMatchObject({
      selection: other,
      covers: selection,
    });
    const report = { ...EVERYTHING, dependencies: 'report' } as const;
    expect(withinLimits({ ...asked, selection: report }, limited(false)).selection).toEqual({
      ...selection,
      dependencies: 'report',
    });
  });

  test.each<[prune: boolean | object, selected: typeof other | undefined, message: string | null]>([
    [false, undefined, 'selection must be given beside transform'],
    [true, undefined, 'selection must be given beside transform'],
    [true, other, 'prune must be false beside transform'],
    [{ createdBy: 'x' }, other, 'prune must be false beside transform'],
    [false, other, null],
  ])('of a selection, with a transform and prune %j, knows no ids by itself', (prune, selected, message) => {
    const fitted = () =>
      withinLimits({ credentials: 'restore', prune, selection: selected, transform: {} }, limited(false));
    if (message === null) expect(fitted().selection).toBe(other);
    else expect(fitted).toThrow(message);
  });
});

describe('a comparison', () => {
  const live = { manifest: null };
  const whole = { manifest: { backupId: '' } };
  const cut = { manifest: limited(true) };
  const asked = (more: object = {}) =>
    parsePlanRequest({ tenant: 'acme', actual: { live: true }, desired: {}, ...more }, new Date());

  test.each([
    ['a limited backup and the live tenant', live, cut, { covers: undefined, liveCovers: selection }],
    ['a whole backup and a limited one', cut, whole, { covers: selection, liveCovers: undefined }],
    ['two limited ones', cut, cut, { covers: selection, liveCovers: selection }],
  ])('of %s is of what both hold, and of no credentials', (_, desired, actual, cuts) => {
    expect(bothWithinLimits(asked(), { desired, actual })).toMatchObject({
      credentials: 'keep',
      selection,
      cuts,
    });
    const chosen = bothWithinLimits(asked({ selection: other }), { desired, actual });
    expect(chosen).toMatchObject({ selection: other, cuts });
  });

  test('of whole states is what it asks for', () => {
    expect(bothWithinLimits(asked(), { desired: whole, actual: live })).toEqual({
      ...asked(),
      cuts: { covers: undefined, liveCovers: undefined },
    });
  });
});
