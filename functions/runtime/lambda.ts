import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { toTenantBackupError } from '../defect.ts';
import { TenantBackupError } from '../errors.ts';

/** One JSON line an event. Never given an event, a body or a cause: those may hold credentials. */
export const logger = new Logger({ serviceName: 'tenant-backup' });

/** The one middleware stack of all functions: the request id on every line, and every failure logged once, by code.
 * Errors leave without stack and cause, since Lambda hands both to whoever invoked.
 * @returns the handler to export: an inner one would run without its middleware */
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
    .handler(handler);

/** Time to tell of a failure, before Lambda ends the function without a word; a tenth of what a short function has. */
const LAST_WORDS_MILLISECONDS = 10_000;

/** Do work for as long as the function has time. Work that takes longer is left alone, not undone: if this container is
 * used again, it may even end well.
 * @throws OUT_OF_TIME */
export async function withinTime<Result>(
  context: Pick<Context, 'getRemainingTimeInMillis'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const remaining = context.getRemainingTimeInMillis();
  const milliseconds = Math.max(remaining - Math.min(LAST_WORDS_MILLISECONDS, remaining / 10), 0);
  const { promise: end, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const seconds = Math.round(milliseconds / 1000);
    reject(
      new TenantBackupError('OUT_OF_TIME', `the work must be done within ${seconds} s, it is not`, {
        seconds,
      }),
    );
  }, milliseconds);
  try {
    return await Promise.race([work(), end]);
  } finally {
    clearTimeout(timer);
  }
}

/** Time to tell the ledger how it ended, and the invoker; a fifth of what a short function has. */
const STOP_MILLISECONDS = 30_000;

/** Do work that must not be left alone when the function's time is over: it is told to stop, and waited for. */
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

/** What a failure looks like in logs and in dead letters. */
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
