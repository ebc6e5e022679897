/** SQS counts its twelve hours from the receipt of a message, and refuses more.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html */
const MAX_VISIBILITY_SECONDS = 43_200;

/** A receipt is at most as old as the visibility timeout of the queue: six times the longest timeout of a function. */
const OLDEST_RECEIPT_SECONDS = 6 * 900;

/** The longest pause that SQS accepts at any moment of a function's run. */
export const MAX_PAUSE_SECONDS = MAX_VISIBILITY_SECONDS - OLDEST_RECEIPT_SECONDS;

/**
 * Returns the pause before the next try. It doubles with each delivery, and is at least what the tenant asked for.
 * @param deliveries at least 1
 * @param random uniform in [0, 1): up to half of the pause is added, as requests that failed together must not return
 *   together
 */
export function retryPauseSeconds(
  retryDelaySeconds: number,
  deliveries: number,
  retryAfterSeconds: number,
  random: number,
): number {
  const asked = Math.max(retryDelaySeconds * 2 ** (deliveries - 1), retryAfterSeconds);
  return Math.min(Math.round(asked * (1 + random / 2)), MAX_PAUSE_SECONDS);
}
