import { describe, expect, test } from 'vitest';
import { LEDGER_WRITERS, type LedgerWriter } from '../../../functions/runtime/names.ts';
import { logicalId, synthesize } from '../synthesize.ts';
import { arnOf } from '../template-arns.ts';
import { WITH_DRILL } from './ledger-table.ts';
import { simulate } from './policy-simulator.ts';

/** Each role signs with a key of its own: with the right to put any object, it still forges no record of another role. */

const template = synthesize(WITH_DRILL);

const WRITES: Readonly<Record<string, LedgerWriter | null>> = {
  PlanRole: 'plan',
  RestoreRole: 'restore',
  AuditRole: 'audit',
  DrillRole: 'drill',
  BackupRole: null,
  DispatchRole: null,
  StatusRole: null,
};

/** Whose records a role reads. */
const READS: Readonly<Record<string, readonly LedgerWriter[]>> = {
  RestoreRole: ['plan', 'restore', 'drill'],
  AuditRole: ['restore', 'audit', 'drill'],
  DrillRole: ['restore', 'drill'],
  StatusRole: ['restore', 'drill'],
};

describe.each(Object.entries(WRITES))('%s', (name, own) => {
  const decide = (action: string, writer: LedgerWriter) =>
    simulate(template, {
      role: logicalId(template, 'AWS::IAM::Role', name),
      action,
      resource: arnOf(template, logicalId(template, 'AWS::KMS::Key', `LedgerKeys${writer}`)),
    });

  test.each(LEDGER_WRITERS)('signs and verifies as the table says, as %s', async (writer) => {
    expect(await decide('kms:Sign', writer)).toBe(writer === own ? 'allowed' : 'denied');
    const verifies = READS[name]?.includes(writer) ?? false;
    expect(await decide('kms:GetPublicKey', writer)).toBe(verifies ? 'allowed' : 'denied');
    expect(await decide('kms:ScheduleKeyDeletion', writer)).toBe('denied');
    expect(await decide('kms:PutKeyPolicy', writer)).toBe('denied');
  });
});
