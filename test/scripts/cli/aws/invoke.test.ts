import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import type { TenantBackupError } from '../../../../functions/errors.ts';
import { callWriteFunction } from '../../../../scripts/cli/aws/call-function.ts';
import type { Deployment } from '../../../../scripts/cli/aws/deployment.client.ts';
import { hintFor } from '../../../../scripts/cli/ui/hints.ts';
import { rejectionOf } from '../../../rejection.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const LOOK = 'tenant-backup status acme 0f0e0d0c-0000-4000-8000-000000000000';
const EVENT = { tenant: 'acme', operationId: '0f0e0d0c-0000-4000-8000-000000000000' };

/** What a person is told of a restore whose invocation Lambda answers so. */
async function told(answer: ((response: ServerResponse) => void) | null): Promise<TenantBackupError> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer?.(response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  if (answer === null) {
    server.close();
    await once(server, 'close');
  }
  const lambda = new LambdaClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: { requestTimeout: 500, throwOnRequestTimeout: true },
  });
  closers.push(() => {
    lambda.destroy();
    server.closeAllConnections();
    server.close();
  });
  const deployment = { lambda, output: async () => 'restore' } as unknown as Deployment;
  return (await rejectionOf(
    callWriteFunction(deployment, 'restoreFunction', EVENT, LOOK),
  )) as TenantBackupError;
}

/** Lambda's answer for a function that failed. */
const unhandled = (report: string) => (response: ServerResponse) => {
  response.setHeader('x-amz-function-error', 'Unhandled');
  response.end(report);
};
const failed = (errorType: string | undefined, errorMessage: string) =>
  unhandled(JSON.stringify({ ...(errorType !== undefined && { errorType }), errorMessage }));

describe('a function that Lambda has ended is no defect, and may have left the tenant half way', () => {
  const id = 'RequestId: 3a6b';
  test.each([
    [
      'out of time',
      'OUT_OF_TIME',
      failed('Sandbox.Timedout', `${id} Error: Task timed out after 900.00 seconds`),
    ],
    [
      'out of time, as older runtimes say it',
      'OUT_OF_TIME',
      failed(undefined, `2026-11-29T22:00:00Z ${id} Task timed out after 900.10 seconds`),
    ],
    [
      'killed',
      'FUNCTION_KILLED',
      failed('Runtime.ExitError', `${id} Error: Runtime exited with error: signal: killed`),
    ],
    [
      'aborted for want of heap',
      'FUNCTION_KILLED',
      failed('Runtime.ExitError', `${id} Error: Runtime exited with error: signal: aborted`),
    ],
    [
      'without memory',
      'FUNCTION_KILLED',
      failed('Runtime.OutOfMemory', `${id} Error: Runtime exited with error: signal: killed`),
    ],
    [
      'ended by itself',
      'FUNCTION_KILLED',
      failed('Runtime.ExitError', `${id} Error: Runtime exited without providing a reason`),
    ],
    ['ended with its extension', 'FUNCTION_KILLED', failed('Extension.Crash', `${id} Error: exit code 1`)],
    [
      'ended by an exception outside of its handler',
      'FUNCTION_KILLED',
      failed('Runtime.UnhandledPromiseRejection', 'RangeError: Array buffer allocation failed'),
    ],
    ['out of heap in words of its own', 'FUNCTION_KILLED', failed('RangeError', 'Invalid array length')],
    ['ended without a word', 'FUNCTION_KILLED', failed(undefined, '')],
    ['ended with no report at all', 'FUNCTION_KILLED', unhandled('')],
    ['ended with a report that breaks off', 'FUNCTION_KILLED', unhandled('{"errorType":"Runt')],
    [
      'crashed',
      'FUNCTION_KILLED',
      failed(undefined, `${id} Process exited before completing request: exit status 134`),
    ],
  ])('%s', async (_, code, answer) => {
    const error = await told(answer);
    expect(error).toMatchObject({
      code,
      message: expect.stringMatching(
        /; the tenant may be partly written: check with tenant-backup status acme 0f0e/,
      ),
    });
    expect(hintFor(error)).toBe(LOOK);
  });
});

describe('a lost answer may belong to a restore that goes on', () => {
  test.each<[what: string, answer: (response: ServerResponse) => void]>([
    ['the connection is closed', (response) => response.socket?.destroy()],
    ['the connection is reset', (response) => response.socket?.resetAndDestroy()],
    ['nothing comes', () => {}],
    [
      'it breaks off',
      (response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"verdict"', () => response.socket?.destroy());
      },
    ],
    ['it is a page', (response) => response.end('<html>login</html>')],
    ['Lambda fails', (response) => response.writeHead(502).end('{"Message":"bad gateway"}')],
  ])('%s', async (_, answer) => {
    const error = await told(answer);
    expect(error).toMatchObject({
      code: 'AWS_UNAVAILABLE',
      message: expect.stringMatching(/; it may still run in AWS: check with tenant-backup status acme 0f0e/),
    });
    expect(hintFor(error)).toBe(LOOK);
  });
});

describe('nothing is said of a tenant half way', () => {
  test.each<[what: string, code: string, answer: ((response: ServerResponse) => void) | null]>([
    ['where nobody took the call', 'AWS_UNAVAILABLE', null],
    [
      'where Lambda has refused it',
      'AWS_UNAVAILABLE',
      (response) =>
        response.writeHead(429, { 'x-amzn-errortype': 'TooManyRequestsException' }).end('{"Reason":"x"}'),
    ],
    [
      'where the caller may not',
      'AWS_ACCESS_DENIED',
      (response) => response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' }).end('{}'),
    ],
    [
      'where the function says itself that AWS did not answer it',
      'AWS_UNAVAILABLE',
      failed('AWS_UNAVAILABLE', 's3:GetObject failed: SlowDown; nothing was written to the tenant'),
    ],
    ...['ImportModuleError', 'UserCodeSyntaxError', 'MalformedHandlerName', 'HandlerNotFound'].map(
      (name) =>
        [
          `where Lambda could not load the function: ${name}`,
          'DEFECT',
          failed(`Runtime.${name}`, 'Cannot find'),
        ] as [string, string, (response: ServerResponse) => void],
    ),
    [
      'where the function says itself what happened',
      'IMPORT_REFUSED',
      failed('IMPORT_REFUSED', 'import refused'),
    ],
  ])('%s', async (_, code, answer) => {
    const error = await told(answer);
    expect(error.code).toBe(code);
    expect(error.message).not.toMatch(/partly written|may still run/);
  });
});

test.each(['AWS_NOT_CONFIGURED', 'AWS_ACCESS_DENIED', 'AWS_UNAVAILABLE'])(
  '%s of a function advises no sign-in, but expired credentials of the call do',
  async (code) => {
    expect(hintFor(await told(failed(code, 'AWS does not accept these credentials')))).toMatch(/minute/);
    const expired = (response: ServerResponse) =>
      response.writeHead(403, { 'x-amzn-errortype': 'ExpiredTokenException' }).end('{}');
    expect(hintFor(await told(expired))).toMatch(/^aws sso login/);
  },
);
