/**
 * What AWS may do and the emulator alone never does. `awkward.py` does it. Rules that AWS always enforces are no switches:
 * `refusals.py` enforces them.
 */
export interface AwkwardAws {
  /** How late `ListSecrets` shows new and deleted secrets and their tags, which `DescribeSecret` has at once. AWS: up to
   * five minutes.
   * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html */
  readonly secretsListLagSeconds: number;
  /** How long policies do not see a change of the aliases and tags of a KMS key, which lists show at once. AWS: up to five
   * minutes.
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/abac.html */
  readonly kmsLagSeconds: number;
  /** Whether functions receive each message of a standard queue, each asynchronous invocation and each event twice.
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
   * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html */
  readonly duplicateDeliveries: boolean;
  /** Whether standard queues deliver the newest message first.
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html */
  readonly reorderMessages: boolean;
  /** Each service refuses one call in so many as too fast, 0 for none. It never refuses the retry of a call, and spares
   * clients that do not retry.
   * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
  readonly throttledCallInterval: number;
}

/** No switch is on. */
export const PLAIN_AWS: AwkwardAws = {
  secretsListLagSeconds: 0,
  kmsLagSeconds: 0,
  duplicateDeliveries: false,
  reorderMessages: false,
  throttledCallInterval: 0,
};

/** All switches are on, with lags that a test can wait for. */
export const AWKWARD_AWS: AwkwardAws = {
  secretsListLagSeconds: 3,
  kmsLagSeconds: 3,
  duplicateDeliveries: true,
  reorderMessages: true,
  throttledCallInterval: 10,
};
