import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TenantBackupError } from '../../functions/errors.ts';
import { lambda, stoppedInTime, withinTime } from '../../functions/runtime/lambda.ts';
import { rejectionOf } from '../rejection.ts';

const CANARY = 'canary-acme-0001-of-at-least-32-characters';

const context = {
  functionName: 'TenantBackup-restore',
  awsRequestId: 'request-1',
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:TenantBackup-restore',
  memoryLimitInMB: '128',
  getRemainingTimeInMillis: () => 60_000,
} as Context;

const written: string[] = [];
const lines = () => written.flatMap((text) => text.split('\n')).filter((line) => line.startsWith('{'));

beforeEach(() => {
  written.length = 0;
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Invoke as Lambda does, and catch what leaves. */
async function invoke(handler: unknown, event: unknown = {}) {
  try {
    return {
      result: await (handler as (event: unknown, context: Context) => Promise<unknown>)(event, context),
    };
  } catch (error) {
    return { error: error as TenantBackupError };
  }
}

/** Everything that Lambda could tell the invoker of an error: with its own members, and those of its prototype. */
const toldAbout = (error: Error): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.getOwnPropertyNames(error).map((name) => [name, String(Reflect.get(error, name))]),
    ),
  ) + String(error);

describe('a wrapped handler', () => {
  test('answers what the inner one answers', async () => {
    expect(
      await invoke(
        lambda(async (event) => ({ event })),
        { a: 1 },
      ),
    ).toEqual({
      result: { event: { a: 1 } },
    });
  });

  test('lets an error leave by its code, without stack and cause', async () => {
    const failing = lambda(async () => {
      throw new TenantBackupError(
        'NO_BACKUP',
        'tenant "acme" has no backup',
        { tenant: 'acme' },
        {
          cause: new Error(CANARY),
        },
      );
    });
    const { error } = await invoke(failing);
    expect(error).toMatchObject({
      name: 'NO_BACKUP',
      message: 'tenant "acme" has no backup',
      facts: { tenant: 'acme' },
      stack: '',
    });
    expect(error?.cause).toBeUndefined();
    expect(toldAbout(error as Error)).not.toContain('canary');
  });

  test('logs a failure once, by code, with the request id', async () => {
    await invoke(
      lambda(async () => {
        throw new TenantBackupError('NO_BACKUP', 'tenant "acme" has no backup', { tenant: 'acme' });
      }),
    );
    expect(lines()).toHaveLength(1);
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({
      level: 'ERROR',
      message: 'tenant "acme" has no backup',
      code: 'NO_BACKUP',
      disposition: 'reject',
      facts: { tenant: 'acme' },
      function_request_id: 'request-1',
    });
  });

  test('reports a mistake of ours as a defect, without its message', async () => {
    const { error } = await invoke(
      lambda(async () => {
        throw new TypeError(`no member of ${CANARY}`);
      }),
    );
    expect(error).toMatchObject({ name: 'DEFECT', disposition: 'halt' });
    expect(error?.message).toMatch(/^unexpected TypeError at lambda\.test\.ts:\d+:\d+$/);
  });

  test.each<[where: string, thrown: () => unknown]>([
    ['the message of a foreign error', () => new Error(CANARY)],
    [
      'a member of a foreign error',
      () => Object.assign(new Error('x'), { body: CANARY, response: { CANARY } }),
    ],
    [
      'the cause of our error',
      () => new TenantBackupError('NO_BACKUP', 'x', {}, { cause: { body: CANARY } }),
    ],
    ['a thrown text', () => CANARY],
    ['an aggregate', () => new AggregateError([new Error(CANARY)], CANARY)],
  ])('neither logs nor tells %s', async (_where, thrown) => {
    const { error } = await invoke(
      lambda(async () => {
        throw thrown();
      }),
    );
    expect(lines()).toHaveLength(1);
    expect(written.join('')).not.toContain('canary');
    expect(toldAbout(error as Error)).not.toContain('canary');
  });

  test('logs nothing of the event', async () => {
    await invoke(
      lambda(async () => {
        throw new TenantBackupError('INVALID_REQUEST', 'restore request: unknown field "clientSecret"');
      }),
      { tenant: 'acme', clientSecret: CANARY },
    );
    await invoke(
      lambda(async () => null),
      { clientSecret: CANARY },
    );
    expect(written.join('')).not.toContain('canary');
  });
});

describe('withinTime', () => {
  const withRemaining = (milliseconds: number) => ({ getRemainingTimeInMillis: () => milliseconds });

  test('gives the result, or the failure, of work that is done in time', async () => {
    expect(await withinTime(withRemaining(60_000), async () => 'done')).toBe('done');
    const failure = new TenantBackupError('NO_BACKUP', 'none');
    await expect(withinTime(withRemaining(60_000), () => Promise.reject(failure))).rejects.toBe(failure);
  });

  test.each([200, 0, -5])('fails by code before Lambda does, with %i ms left', async (left) => {
    const endless = withinTime(withRemaining(left), () => new Promise<never>(() => {}));
    expect(await rejectionOf(endless)).toMatchObject({
      code: 'OUT_OF_TIME',
      disposition: 'retry',
      message: 'the work must be done within 0 s, it is not',
    });
  });

  test('tells the work to stop, and no work that is done in time', async () => {
    const stops: AbortSignal[] = [];
    const endless = withinTime(withRemaining(20), (stop) => {
      stops.push(stop);
      return new Promise<never>(() => {});
    });
    expect((await rejectionOf(endless)).code).toBe('OUT_OF_TIME');
    await withinTime(withRemaining(60_000), async (stop) => void stops.push(stop));
    expect(stops.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  test('lets nobody hear of work that fails too late', async () => {
    const late = withinTime(withRemaining(0), async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error('too late');
    });
    expect((await rejectionOf(late)).code).toBe('OUT_OF_TIME');
    // An unhandled rejection would fail this run.
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
});

describe('work that is stopped in time', () => {
  const having = (milliseconds: number) => ({ getRemainingTimeInMillis: () => milliseconds });

  test('is told to stop while there is time left, and waited for', async () => {
    const result = await stoppedInTime(having(50), async (stop) => {
      await new Promise((resolve) => stop.addEventListener('abort', resolve));
      return 'ended by itself';
    });
    expect(result).toBe('ended by itself');
  });

  test('is not told to once it is done', async () => {
    const signal = await stoppedInTime(having(25), async (stop) => stop);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(signal.aborted).toBe(false);
  });
});
