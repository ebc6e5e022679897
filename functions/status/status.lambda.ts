import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { AWS_PATIENCE } from '../aws-patience.ts';
import { readEnvironment, readLedgerKeys } from '../runtime/environment.ts';
import { lambda, withinTime } from '../runtime/lambda.ts';
import { createLedger } from '../vault/storage/ledger.client.ts';
import { createLedgerProofs } from '../vault/storage/ledger-proofs.client.ts';
import { createTenantLocks } from '../vault/storage/tenant-lock.client.ts';
import { createVault } from '../vault/storage/vault.client.ts';
import { parseStatusRequest } from './request.ts';
import { type StatusReport, status } from './status.ts';

const { ledgerBucket, vaultBucket } = readEnvironment(['ledgerBucket', 'vaultBucket']);
const s3 = new S3Client(AWS_PATIENCE);
const proofs = createLedgerProofs(new KMSClient(AWS_PATIENCE), readLedgerKeys());
const ledger = createLedger(s3, ledgerBucket, proofs);
const tenantLocks = createTenantLocks(s3, ledgerBucket);
const vault = createVault(s3, vaultBucket);

/** A person or a pipeline invokes it, with `{"tenant": "acme"}` at least. Reads the ledger and lists the vault, and nothing
 * else. */
export const handler = lambda<unknown, StatusReport>((event, context) =>
  withinTime(context, () =>
    status(parseStatusRequest(event), { ledger, tenantLocks, vault, now: () => new Date() }),
  ),
);
