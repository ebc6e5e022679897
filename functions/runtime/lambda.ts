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
