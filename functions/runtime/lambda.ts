import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { callingUntil } from '../aws-patience.ts';
import { toTenantBackupError } from '../defect.ts';
import { TenantBackupError } from '../errors.ts';

/** Writes one JSON line per log call. Never pass it an event, a body or a cause: they may hold credentials. */
export const logger = new Logger({ serviceName: 'tenant-backup' });

/** Wraps a handler in the middleware of all functions. The middleware adds the request id to every log line and logs each
 * failure once, by code. It strips stack and cause from errors, since Lambda returns both to the invoker.
 * @returns the handler to export; the inner handler runs without middleware */
export const lambda = <Event, Result>(handler: (event: Event, context: Context) => Promise<Result>) =>
  middy<Event, Result, Error, Context>()
    .use({
      before: ({ context }) => {
        logger.addContext(context);
      },
      onError: (request) => {
        const failure = toTenantBackupError(request.error);
        logger.error(failure.message, failureFields(failure));
        request.error = withoutTrace(failure);
      },
    })
    .handler((event, context) => callingUntil(endOf(context), () => handler(event, context)));

/** Time reserved to answer, in which no call to AWS runs; a short function reserves a twentieth of its time. */
const ANSWER_MILLISECONDS = 2_000;

/** Returns the signal that ends all calls to AWS before Lambda ends the function. */
function endOf(context: Context): AbortSignal {
  const remaining = context.getRemainingTimeInMillis();
  const milliseconds = remaining - Math.min(ANSWER_MILLISECONDS, remaining / 20);
  return AbortSignal.timeout(Math.max(Math.floor(milliseconds), 0));
}

/** Time reserved to report a failure before Lambda ends the function; a short function reserves a tenth of its time. */
const LAST_WORDS_MILLISECONDS = 10_000;

/** Awaits work for as long as the function has time. Then its signal aborts, and its calls to AWS end.
 * @throws OUT_OF_TIME */
export async function withinTime<Result>(
  context: Pick<Context, 'getRemainingTimeInMillis'>,
  work: (stop: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const remaining = context.getRemainingTimeInMillis();
  const milliseconds = Math.max(remaining - Math.min(LAST_WORDS_MILLISECONDS, remaining / 10), 0);
  const { promise: end, reject } = Promise.withResolvers<never>();
  const stop = new AbortController();
  const timer = setTimeout(() => {
    const seconds = Math.round(milliseconds / 1000);
    reject(
      new TenantBackupError('OUT_OF_TIME', `the work must be done within ${seconds} s, it is not`, {
        seconds,
      }),
    );
    stop.abort();
  }, milliseconds);
  try {
    return await Promise.race([callingUntil(stop.signal, () => work(stop.signal)), end]);
  } finally {
    clearTimeout(timer);
  }
}

/** Time reserved to record the outcome and answer the invoker; a short function reserves a fifth of its time. */
const STOP_MILLISECONDS = 30_000;

/** Runs work that must stop before the function's time is over: aborts its signal in time, then awaits it. */
export async function stoppedInTime<Result>(
  context: Pick<Context, 'getRemainingTimeInMillis'>,
  work: (stop: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const remaining = context.getRemainingTimeInMillis();
  const milliseconds = Math.max(remaining - Math.min(STOP_MILLISECONDS, remaining / 5), 0);
  const timer = setTimeout(() => stop.abort(), milliseconds);
  try {
    return await work(stop.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Returns the fields of a failure for logs and dead letters. */
export const failureFields = (failure: TenantBackupError) => ({
  code: failure.code,
  disposition: failure.disposition,
  facts: failure.facts,
});

function withoutTrace(failure: TenantBackupError): TenantBackupError {
  const bare = new TenantBackupError(failure.code, failure.message, failure.facts);
  bare.stack = '';
  return bare;
}
