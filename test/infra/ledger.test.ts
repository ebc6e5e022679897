import { describe, expect, it } from 'vitest';
import { LEDGER_ENTRIES, LEDGER_TABLE, type LedgerEntry, WITH_DRILL } from './ledger-table.ts';
import { arnOf, simulate } from './policy-simulator.ts';
import { logicalId, synthesize } from './synthesize.ts';

const template = synthesize(WITH_DRILL);
const ledger = arnOf(logicalId(template, 'AWS::S3::Bucket', 'Ledger'));

describe.each(Object.entries(LEDGER_TABLE))('in the ledger, %s', (_, { role: name, writes, reads }) => {
  const role = logicalId(template, 'AWS::IAM::Role', name);
  const allowedOn = (action: string): LedgerEntry[] =>
    (Object.keys(LEDGER_ENTRIES) as LedgerEntry[]).filter(
      (entry) =>
        simulate(template, { role, action, resource: `${ledger}/${LEDGER_ENTRIES[entry]}` }) === 'allowed',
    );

  it('writes entries of its own kinds alone', () => {
    expect(new Set(allowedOn('s3:PutObject'))).toEqual(new Set(writes));
  });

  it('reads no entries but those that it needs', () => {
    expect(new Set(allowedOn('s3:GetObject'))).toEqual(new Set(reads));
  });

  it.each(['s3:DeleteObject', 's3:PutObjectTagging', 's3:PutObjectAcl'])('may not %s', (action) => {
    expect(allowedOn(action)).toEqual([]);
  });
});

it('has no kind of entries that two functions write, but those of restores into the scratch tenant', () => {
  const writers = Object.keys(LEDGER_ENTRIES).map((entry) => [
    entry,
    Object.keys(LEDGER_TABLE).filter((name) => LEDGER_TABLE[name]?.writes.includes(entry as LedgerEntry)),
  ]);
  expect(writers.filter(([, names = []]) => names.length > 1)).toEqual([
    ['scratchOperations', ['restore', 'drill']],
    ['scratchLock', ['restore', 'drill']],
  ]);
});
