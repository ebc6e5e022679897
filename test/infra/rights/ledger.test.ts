import { describe, expect, it } from 'vitest';
import { logicalId, synthesize } from '../synthesize.ts';
import { arnOf } from '../template-arns.ts';
import { LEDGER_ENTRIES, LEDGER_TABLE, type LedgerEntry, WITH_DRILL } from './ledger-table.ts';
import { simulate } from './policy-simulator.ts';

const template = synthesize(WITH_DRILL);
const ledger = arnOf(template, logicalId(template, 'AWS::S3::Bucket', 'Ledger'));

describe.each(Object.entries(LEDGER_TABLE))('in the ledger, %s', (_, { role: name, writes, reads }) => {
  const role = logicalId(template, 'AWS::IAM::Role', name);
  const allowedOn = async (action: string): Promise<LedgerEntry[]> => {
    const allowed: LedgerEntry[] = [];
    for (const entry of Object.keys(LEDGER_ENTRIES) as LedgerEntry[]) {
      const resource = `${ledger}/${LEDGER_ENTRIES[entry]}`;
      if ((await simulate(template, { role, action, resource })) === 'allowed') allowed.push(entry);
    }
    return allowed;
  };

  it('writes entries of its own kinds alone', async () => {
    expect(new Set(await allowedOn('s3:PutObject'))).toEqual(new Set(writes));
  });

  it('reads no entries but those that it needs', async () => {
    expect(new Set(await allowedOn('s3:GetObject'))).toEqual(new Set(reads));
  });

  it.each(['s3:DeleteObject', 's3:PutObjectTagging', 's3:PutObjectAcl'])('may not %s', async (action) => {
    expect(await allowedOn(action)).toEqual([]);
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
