import { parseInput } from '../../../functions/parse.ts';
import { createJsonObjects, type JsonObjects } from '../../../functions/vault/storage/json-objects.client.ts';
import { createLedger, type Ledger } from '../../../functions/vault/storage/ledger.client.ts';
import { createLedgerProofs } from '../../../functions/vault/storage/ledger-proofs.client.ts';
import { ledgerKeysSchema } from '../../../functions/vault/storage/ledger-writers.ts';
import type { Deployment } from './deployment.client.ts';

/** The ledger of a deployment, whose records are verified; reading needs `s3:GetObject` and `kms:GetPublicKey`. */
export interface OpenedLedger {
  readonly ledger: Ledger;
  readonly objects: Pick<JsonObjects, 'get'>;
}

/** @throws NOT_DEPLOYED */
export async function openLedger({ s3, kms, output }: Deployment): Promise<OpenedLedger> {
  const [bucket, keys] = [await output('ledgerBucket'), JSON.parse(await output('ledgerKeys'))];
  const proofs = createLedgerProofs(
    kms,
    parseInput(ledgerKeysSchema, keys, 'output LedgerKeys', 'INVALID_ENVIRONMENT'),
  );
  return { ledger: createLedger(s3, bucket, proofs), objects: createJsonObjects(s3, bucket, proofs) };
}
