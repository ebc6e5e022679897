import { describe, expect, it } from 'vitest';
import { assessKeys, type KeyHealth } from '../../functions/audit/assess/assess-fleet.ts';
import { metricsOf } from '../../functions/audit/metrics.ts';
import { exampleFleet } from './report/example-fleet.ts';

/** What is wrong with keys, by their states and by whom they let in. */

const key: KeyHealth = {
  keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1',
  purpose: 'credentials',
  labels: ['first'],
  state: 'Enabled',
  principals: [],
  backups: 3,
  escrowed: 0,
  isDefault: true,
};
const alice = { principal: 'arn:aws:iam::111122223333:user/alice', grantId: null };

const found = (changes: Partial<KeyHealth>): string[] =>
  assessKeys([{ ...key, ...changes }]).map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);

describe('a key', () => {
  it('that lets nobody in and is enabled is as it must be', () => {
    expect(found({})).toEqual([]);
  });

  it('is told of once for each principal and each way in', () => {
    expect(found({ principals: [alice, { ...alice, grantId: 'g1' }] })).toEqual([
      `alarm KEY_PRINCIPAL_UNEXPECTED ${key.keyArn} ${alice.principal}, by the key's policy`,
      `alarm KEY_PRINCIPAL_UNEXPECTED ${key.keyArn} ${alice.principal}, by grant g1`,
    ]);
  });

  it('that no backup needs yet is told of as well: it has a label, and may seal the next one', () => {
    expect(found({ principals: [alice], backups: 0, isDefault: false })).toHaveLength(1);
  });

  it('whose policy KMS refuses to tell is told of: it may let in anybody', () => {
    expect(found({ principals: null })).toEqual([`alarm KEY_PRINCIPAL_UNEXPECTED ${key.keyArn}`]);
  });

  it('that is not enabled is told of beside it', () => {
    expect(found({ principals: [alice], state: 'Disabled' })).toHaveLength(2);
  });

  it('raises the alarm on keys either way', () => {
    const { report } = exampleFleet(1);
    for (const changes of [{ principals: [alice] }, { state: 'Disabled' }, { principals: null }]) {
      const [finding] = assessKeys([{ ...key, ...changes }]);
      if (!finding) throw new Error('there is a finding');
      const findings = [{ ...finding, id: '', since: report.auditedAt, section: '' }];
      expect(metricsOf({ ...report, findings })).toMatchObject({ KeysUnhealthy: 1 });
    }
  });
});
