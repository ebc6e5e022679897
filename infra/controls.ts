import type { IConstruct } from 'constructs';
import { acknowledgeControl } from './acknowledge.ts';

/** Rules for NIST 800-53 R5 and PCI DSS 3.2.1 that the deployment as a whole departs from, with the reason. */
const DEPARTURES: Readonly<Record<string, string>> = {
  S3DefaultEncryptionKMS:
    'Archives arrive sealed under KMS keys, and the ledger holds no secret. S3 delivers access logs to no bucket under a KMS key. A multipart upload under one needs kms:Decrypt, which the backup function must not have.',
  S3BucketReplicationEnabled:
    'A copy that survives the account belongs to another account, which only the owner can name. The vault has the Object Lock and the versions that a replication needs.',
  LambdaInsideVPC:
    'The functions listen nowhere. They call the public endpoints of AWS and SecureAuth over TLS, so a VPC would add a gateway to the internet and no boundary. Their roles are the boundary.',
  LambdaConcurrency:
    'The event source limits how many backups run, and a lock in the ledger lets one restore write to a tenant. A reservation would take from what the account has for other functions.',
  LambdaDLQ:
    'Requests for backups have a dead-letter queue, and failed calls of dispatch another one. Callers of the other functions get the failure as answer, or the next time of the schedule repeats the call. Each has an alarm for errors.',
  IAMNoInlinePolicy:
    'Each of these policies is for one role and goes with it. A managed policy could be attached to other roles.',
  CloudWatchLogGroupEncrypted:
    'Logs hold no secret: tests plant secrets and look for them there. CloudWatch Logs encrypts them under a key of AWS. With a key of the deployment, the loss of the key would hide the log of that loss.',
};

/** Records why a deployment departs from the rules for NIST 800-53 R5 and PCI DSS 3.2.1. */
export function acknowledgeDepartures(deployment: IConstruct): void {
  for (const [rule, reason] of Object.entries(DEPARTURES)) acknowledgeControl(deployment, rule, reason);
}
