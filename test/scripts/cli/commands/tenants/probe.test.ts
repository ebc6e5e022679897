import { describe, expect, test } from 'vitest';
import { EXPERIMENTS } from '../../../../../functions/probe/experiments.ts';
import type { ProbeRecord } from '../../../../../functions/probe/probe-record.ts';
import { probeText } from '../../../../../scripts/cli/commands/tenants/probe.ts';
import { runHere } from '../../command-tree.ts';

const RECORD: ProbeRecord = {
  deployment: 'eu.authz.test',
  scratch: 'scratch',
  at: '2026-11-01T00:00:00.000Z',
  operationId: '0d990263-018e-4e65-a703-eff731de951e',
  findings: [
    { name: 'absent-object', answer: 'kept', detail: null },
    { name: 'mode-fail', answer: 'refused', detail: 'status 422 (unprocessable_entity)' },
    { name: 'list-add', answer: 'unknown', detail: 'TENANT_UNAVAILABLE' },
    { name: 'of-a-later-release', answer: 'strange', detail: null },
  ],
  productVersion: '2026.11.0',
  compared: 14,
  equal: 14,
  leftBehind: [],
};

describe('tenants probe', () => {
  test('lists the experiments without AWS, and makes none', async () => {
    const { code, stdout } = await runHere(['tenants', 'probe', 'scratch', '--list']);
    expect(code).toBe(0);
    for (const { name, question } of EXPERIMENTS) {
      expect(stdout).toContain(name);
      expect(stdout.replace(/\s+/g, ' ')).toContain(question);
    }
    const asJson = await runHere(['tenants', 'probe', 'scratch', '--list', '--json']);
    expect(JSON.parse(asJson.stdout)).toEqual(
      EXPERIMENTS.map(({ name, question, writes }) => ({ name, question, writes })),
    );
  });

  test('says what each answer means', () => {
    const text = probeText(RECORD).join('\n');
    expect(text).toMatch(/^absent-object +kept +the tenant keeps it/m);
    expect(text).toMatch(/^mode-fail +refused +the tenant refuses the request +status 422/m);
    expect(text).toMatch(/^list-add +unknown +no answer +TENANT_UNAVAILABLE/m);
    expect(text).toMatch(/^of-a-later-release +strange/m);
    expect(text).toContain('deployment eu.authz.test, version 2026.11.0\n4 experiments, 1 unknown');
    expect(text).toContain('tenant as before: 14 of 14 objects verified equal');
  });

  test('names what is not as before', () => {
    const text = probeText({ ...RECORD, equal: 13, leftBehind: ['extra /servers/x'] }).join('\n');
    expect(text).toContain('tenant NOT as before: 13 of 14 objects verified equal\nextra /servers/x');
  });
});

test('experiments have names, questions and answers of their own', () => {
  for (const of of ['name', 'question'] as const) {
    expect(new Set(EXPERIMENTS.map((each) => each[of])).size).toBe(EXPERIMENTS.length);
  }
  for (const { name, answers } of EXPERIMENTS) {
    expect(Object.keys(answers).length, name).toBeGreaterThan(1);
    for (const word of [name, ...Object.keys(answers)]) expect(word).toMatch(/^[a-z][a-z-]*$/);
  }
});
