import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployed, deploy } from '../../deployed.ts';
import { LEDGER_ENTRIES, LEDGER_TABLE, type LedgerEntry, WITH_DRILL } from './ledger-table.ts';

/** What each function's role may do in the ledger, tried on the deployed stack. */

let deployed: Deployed;
beforeAll(async () => {
  deployed = await deploy(WITH_DRILL);
});
afterAll(() => deployed?.close());

/** What a thief would leave: a lock that never ends, an operation that advises, a report that all is well. */
const FORGED = JSON.stringify({ tenant: 'acme', operationId: 'x', expiresAt: '2099-01-01T00:00:00Z' });

describe.each(Object.entries(LEDGER_TABLE))('with the role of %s', (_, { output, writes, reads }) => {
  it('entries are written and read as the table says, and no others', async () => {
    const Bucket = deployed.deployment.output('ledgerBucket');
    const { s3 } = deployed.deployment;
    const asRole = new S3Client({ ...(await deployed.asFunction(output)), forcePathStyle: true });
    const allowed: { write: LedgerEntry[]; read: LedgerEntry[] } = { write: [], read: [] };
    for (const [entry, Key] of Object.entries(LEDGER_ENTRIES) as [LedgerEntry, string][]) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: '{}' }));
      const read = asRole.send(new GetObjectCommand({ Bucket, Key }));
      if (await isAllowed(read)) allowed.read.push(entry);
      const write = asRole.send(new PutObjectCommand({ Bucket, Key, Body: FORGED }));
      if (await isAllowed(write)) allowed.write.push(entry);
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      expect(await Body?.transformToString()).toBe(writes.includes(entry) ? FORGED : '{}');
    }
    asRole.destroy();
    expect(new Set(allowed.write)).toEqual(new Set(writes));
    expect(new Set(allowed.read)).toEqual(new Set(reads));
  });
});

const isAllowed = (answer: Promise<unknown>): Promise<boolean> =>
  answer.then(
    () => true,
    (error: Error) => {
      if (/AccessDenied/.test(error.name)) return false;
      throw error;
    },
  );
