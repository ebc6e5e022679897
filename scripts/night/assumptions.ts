/**
 * What the simulated night assumes, and from where. Quotas are AWS's defaults for an account and region; most can be raised.
 */
export const ASSUMPTIONS = {
  /** Enrolments in a page of ListSecrets, and seconds for a page; pages come one after the other.
   * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html */
  listPage: 100,
  listSeconds: 0.08,
  /** Requests in a call of SendMessageBatch, calls at once (`functions/backup/backup-queue.client.ts`), seconds for one. */
  sendBatch: 10,
  sendsAtOnce: 10,
  sendSeconds: 0.02,
  /** Lambda begins with 5 tenants at a time, and adds up to 300 a minute for each queue.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
  firstConcurrency: 5,
  addedPerMinute: 300,
  /** Functions of the account that run at the same time.
   * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
  accountConcurrency: 1000,
  /** Requests a second: cryptographic operations with symmetric keys (some regions have more), GetSecretValue, PUT below one
   * prefix of a bucket.
   * https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
   * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html */
  kmsRate: 10_000,
  secretsRate: 10_000,
  s3Rate: 3_500,
  /** Requests of one backup to KMS (two data keys, one fingerprint key), S3 (the archive; copies are rare) and SecureAuth (token,
   * two exports). */
  kmsCalls: 3,
  s3Puts: 1,
  hostRequests: 3,
  /** A backup that fails holds its place until its patience ends, then comes back: `RETRY` in `functions/runtime/clients.ts`,
   * `retryDelaySeconds` and `maxReceiveCount` in `cdk.json`. */
  failingSeconds: 60,
  /** The slowest of a hundred backups, to the median. */
  tailRatio: 4,
} as const;
