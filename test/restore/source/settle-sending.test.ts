import { describe, expect, test } from 'vitest';
import type { KnownBehaviour } from '../../../functions/probe/known-behaviour.ts';
import { assessSending, assessSystemSending } from '../../../functions/restore/source/settle-sending.ts';

const KEPT = {
  'absent-object': 'kept',
  'absent-section': 'kept',
  'absent-workspace': 'kept',
  'absent-settings': 'kept',
  'merge-patch-rest': 'kept',
};

const known = (answers: object | null, changes: Partial<KnownBehaviour> = {}): KnownBehaviour => ({
  probe: answers && {
    deployment: 'eu.authz.test',
    scratch: 'scratch',
    at: '2026-11-01T00:00:00.000Z',
    operationId: '0d990263-018e-4e65-a703-eff731de951e',
    findings: Object.entries(answers).map(([name, answer]) => ({ name, answer, detail: null })),
    productVersion: null,
    compared: 1,
    equal: 1,
    leftBehind: [],
  },
  isDue: answers === null,
  passedOver: [],
  ...changes,
});

const assess = (asked: 'everything' | 'changes' | 'patch', behaviour: KnownBehaviour) => {
  const { send, warnings } = assessSending(asked, 'eu.authz.test', behaviour);
  return [send, ...warnings.map(({ code }) => code)];
};

describe('what a restore sends', () => {
  test.each([known(null), known(KEPT), known({ ...KEPT, 'absent-object': 'deleted' })])(
    'is everything where that is asked, whatever is known',
    (behaviour) => {
      expect(assess('everything', behaviour)).toEqual(['everything']);
    },
  );

  test.each(['changes', 'patch'] as const)(
    'is what was asked, with a doubt, without a probe: %s',
    (asked) => {
      expect(assess(asked, known(null))).toEqual([asked, 'SENDING_UNPROVED']);
      expect(assess(asked, known({ hub: 'off' }))).toEqual([asked, 'SENDING_UNPROVED']);
      expect(assess(asked, known(KEPT, { isDue: true }))).toEqual([asked, 'SENDING_UNPROVED']);
      const passedOver = ['probes/eu.authz.test/forged.json'];
      expect(assess(asked, known(KEPT, { passedOver }))).toEqual([asked, 'SENDING_UNPROVED']);
      expect(assess(asked, known(KEPT))).toEqual([asked]);
    },
  );

  test.each([
    ['absent-object', 'deleted'],
    ['absent-section', 'deleted'],
    ['absent-workspace', 'deleted'],
    ['absent-settings', 'reset'],
    ['absent-settings', 'refused'],
  ])('is everything in place of changes where a probe found %s %s', (name, answer) => {
    const behaviour = known({ ...KEPT, [name]: answer });
    expect(assess('changes', behaviour)).toEqual(['everything', 'SENDING_REPLACED']);
    expect(assess('changes', { ...behaviour, isDue: true })).toEqual(['everything', 'SENDING_REPLACED']);
    expect(assess('patch', behaviour)).toEqual(['patch']);
  });

  test.each(['lost', 'nothing', 'refused'])(
    'is everything in place of a patch that a probe found %s',
    (answer) => {
      const behaviour = known({ ...KEPT, 'merge-patch-rest': answer });
      expect(assess('patch', behaviour)).toEqual(['everything', 'SENDING_REPLACED']);
      expect(assess('changes', behaviour)).toEqual(['changes']);
    },
  );

  test('names the deployment, the time and the findings', () => {
    const { warnings } = assessSending(
      'changes',
      'eu.authz.test',
      known({ ...KEPT, 'absent-object': 'deleted' }),
    );
    expect(warnings[0]?.message).toBe(
      'send "changes" is replaced by "everything": a probe of eu.authz.test at 2026-11-01T00:00:00.000Z found absent-object deleted',
    );
  });
});

describe('what a restore sends of the part system', () => {
  test.each([
    known(null),
    known(KEPT),
    known({ 'system-absent-object': 'kept' }),
    known({ 'system-absent-object': 'unknown' }),
  ])('is the changes, unless a probe has observed that they do damage', (behaviour) => {
    expect(assessSystemSending('eu.authz.test', behaviour)).toBe(null);
  });

  test('is the whole where a probe found that imports of dumps delete', () => {
    expect(
      assessSystemSending('eu.authz.test', known({ ...KEPT, 'system-absent-object': 'deleted' })),
    ).toEqual({
      code: 'SENDING_REPLACED',
      message:
        'the part system is sent as a whole: a probe of eu.authz.test at 2026-11-01T00:00:00.000Z found system-absent-object deleted',
      pointers: [],
    });
  });
});
