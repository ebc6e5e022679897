import { describe, expect, test } from 'vitest';
import type { KnownBehaviour } from '../../../../functions/probe/known-behaviour.ts';
import type { ProbeRecord } from '../../../../functions/probe/probe-record.ts';
import { assessProbe } from '../../../../scripts/cli/aws/check-probes.client.ts';

const PROBE: ProbeRecord = {
  deployment: 'eu.authz.test',
  scratch: 'scratch',
  at: '2026-11-01T00:00:00.000Z',
  operationId: '0d990263-018e-4e65-a703-eff731de951e',
  findings: [
    { name: 'hub', answer: 'on', detail: null },
    { name: 'dry-run', answer: 'writes-nothing', detail: null },
  ],
  productVersion: null,
  compared: 1,
  equal: 1,
  leftBehind: [],
};

const assess = (changes: Partial<KnownBehaviour>) =>
  assessProbe('eu.authz.test', 'scratch', { probe: PROBE, isDue: false, passedOver: [], ...changes }).map(
    ({ subject, verdict, message }) => `${subject} ${verdict}: ${message}`,
  );

const ANSWERED = 'probed on 2026-11-01, 2 of 2 questions answered';

describe('what the doctor says of a probed deployment', () => {
  test('is ok after a recent probe that answered all', () => {
    expect(assess({})).toEqual([`eu.authz.test ok: ${ANSWERED}`]);
  });

  test('is unknown where the probe is old', () => {
    expect(assess({ isDue: true })).toEqual([`eu.authz.test unknown: ${ANSWERED}: more than 30 days ago`]);
  });

  test('names what the probe could not answer', () => {
    const findings = [...PROBE.findings, { name: 'list-add', answer: 'unknown', detail: 'no answer' }];
    expect(assess({ probe: { ...PROBE, findings } })).toEqual([
      'eu.authz.test unknown: probed on 2026-11-01, 2 of 3 questions answered, not list-add',
    ]);
  });

  test('is a failure where the scratch tenant is not as before', () => {
    expect(assess({ probe: { ...PROBE, leftBehind: ['extra /servers/x'] } })).toEqual([
      'scratch failed: not as before the probe of 2026-11-01: 1 objects',
      `eu.authz.test ok: ${ANSWERED}`,
    ]);
  });

  test('names an entry that is no record', () => {
    const passedOver = ['probes/eu.authz.test/scratch.json'];
    expect(assess({ probe: null, isDue: true, passedOver })).toEqual([
      'eu.authz.test failed: ledger entry probes/eu.authz.test/scratch.json is no record of a probe',
      'eu.authz.test unknown: no valid record of a probe',
    ]);
  });
});
