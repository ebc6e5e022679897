import { parseInput } from '../../../functions/parse.ts';
import {
  createJsonObjects,
  type JsonObjects,
  type LedgerProofs,
} from '../../../functions/vault/storage/json-objects.client.ts';
import { createLedger, type Ledger } from '../../../functions/vault/storage/ledger.client.ts';
import { createLedgerProofs } from '../../../functions/vault/storage/ledger-proofs.client.ts';
import { ledgerKeysSchema } from '../../../functions/vault/storage/ledger-writers.ts';
import type { Deployment } from './deployment.client.ts';

type LedgerPlace = Pick<Deployment, 'kms' | 'output'>;

/** The ledger of a deployment, whose records are verified; reading needs `s3:GetObject` and `kms:GetPublicKey`. */
export interface OpenedLedger {
  readonly ledger: Ledger;
  readonly objects: Pick<JsonObjects, 'get'>;
}

/** Returns what verifies the records of a ledger.
 * @throws NOT_DEPLOYED */
export async function ledgerProofs({ kms, output }: LedgerPlace): Promise<LedgerProofs> {
  const keys = JSON.parse(await output('ledgerKeys'));
  return createLedgerProofs(
    kms,
    parseInput(ledgerKeysSchema, keys, 'output LedgerKeys', 'INVALID_ENVIRONMENT'),
  );
}

/** @throws NOT_DEPLOYED */
export async function openLedger(deployment: LedgerPlace & Pick<Deployment, 's3'>): Promise<OpenedLedger> {
  const { s3, output } = deployment;
  const [bucket, proofs] = [await output('ledgerBucket'), await ledgerProofs(deployment)];
  return { ledger: createLedger(s3, bucket, proofs), objects: createJsonObjects(s3, bucket, proofs) };
}
