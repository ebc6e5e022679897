import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { isTenantBackupError, TenantBackupError } from '../errors.ts';

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

/** What a failure looks like in logs and in dead letters. */
export const failureFields = (failure: TenantBackupError) => ({
  code: failure.code,
  disposition: failure.disposition,
  facts: failure.facts,
});

/** Anything thrown that is not ours is a defect; its message may quote data, so only its kind and place are told. */
export function toTenantBackupError(error: unknown): TenantBackupError {
  if (isTenantBackupError(error)) return error;
  const name = error instanceof Error ? error.name : typeof error;
  const place = error instanceof Error ? placeOf(error) : 'unknown';
  return new TenantBackupError('DEFECT', `unexpected ${name} at ${place}`, { name, place });
}

/** The first line of the stack that names a position. */
const placeOf = (error: Error): string =>
  /^\s*at .*?([^/\s(]+:\d+:\d+)\)?$/m.exec(error.stack?.slice(String(error).length) ?? '')?.[1] ?? 'unknown';

function withoutTrace(failure: TenantBackupError): TenantBackupError {
  const bare = new TenantBackupError(failure.code, failure.message, failure.facts);
  bare.stack = '';
  return bare;
}
