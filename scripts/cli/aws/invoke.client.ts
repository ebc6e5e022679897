import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { awsError, reasonOf } from '../../../functions/aws-errors.ts';
import {
  type ErrorCode,
  errorCodes,
  type Facts,
  isTenantBackupError,
  TenantBackupError,
} from '../../../functions/errors.ts';

/** Invoke one of the functions, and wait for its answer as long as it lives. It is invoked once: what failed on the way
 * may have happened all the same.
 * @param client with one attempt and a long timeout
 * @throws what the function threw, with its code and message; NOT_DEPLOYED, OUT_OF_TIME, FUNCTION_KILLED, AWS_ACCESS_DENIED, ...;
 *   `isEndUnknown` tells where the function may have begun its work, or may still be at it */
export async function invoke<Result>(
  client: LambdaClient,
  functionName: string,
  event: object,
): Promise<Result> {
  const facts = { functionName, ...aboutOf(event) };
  const answer = await client
    .send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }))
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') {
        throw new TenantBackupError('NOT_DEPLOYED', `there is no function ${functionName}`, { functionName });
      }
      if (neverBegan(error)) return awsError('lambda:InvokeFunction', facts)(error);
      throw lostAnswer(facts, reasonOf(error));
    });
  const text = Buffer.from(answer.Payload ?? []).toString('utf8') || 'null';
  if (answer.FunctionError !== undefined) throw failureOf(facts, parsed(text) as FunctionFailure | null);
  const payload = parsed(text);
  if (payload === undefined) throw lostAnswer(facts, 'the answer is not JSON');
  return payload as Result;
}

/** Whether it is unknown how a function ended: it may have written something, or may still be at work. */
export const isEndUnknown = (error: unknown): error is TenantBackupError =>
  isTenantBackupError(error) && error.facts['end'] === 'unknown';

/** What an event is about. */
function aboutOf(event: object): Facts {
  const { tenant, into, operationId } = event as Readonly<Record<string, string | undefined>>;
  return {
    ...(tenant !== undefined && { tenant }),
    ...(into !== undefined && { into }),
    ...(operationId !== undefined && { operationId }),
  };
}

/** Errors before a request has reached anybody. */
const NOT_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
]);

/** Whether Lambda has refused the invocation, or never saw it. */
function neverBegan(error: unknown): boolean {
  const { $metadata, $response } = (error ?? {}) as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  const status = $response?.statusCode ?? $metadata?.httpStatusCode;
  if (status !== undefined) return status >= 400 && status < 500;
  // Without credentials or a region, nothing was sent.
  return NOT_CONNECTED.has(reasonOf(error)) || !isOfNetwork(error);
}

const isOfNetwork = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'TimeoutError' || typeof (error as NodeJS.ErrnoException).code === 'string');

const lostAnswer = (facts: Facts, reason: string): TenantBackupError =>
  new TenantBackupError(
    'AWS_UNAVAILABLE',
    `the answer of function ${facts['functionName']} was lost: ${reason}`,
    {
      ...facts,
      reason,
      end: 'unknown',
    },
  );

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface FunctionFailure {
  readonly errorType?: string;
  readonly errorMessage?: string;
}

/** What Lambda reports of a function that threw, or that it ended.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html */
function failureOf(facts: Facts, answer: FunctionFailure | null | undefined): TenantBackupError {
  const functionName = String(facts['functionName']);
  const { errorType = 'unknown', errorMessage = 'no reason given' } = answer ?? {};
  const code = errorCodes.find((candidate): candidate is ErrorCode => candidate === errorType);
  if (code) return new TenantBackupError(code, errorMessage, facts);
  if (/Task timed out/.test(errorMessage)) {
    return new TenantBackupError('OUT_OF_TIME', `function ${functionName} ran out of time and was ended`, {
      ...facts,
      end: 'unknown',
    });
  }
  const [, how] = ENDED.exec(`${errorType} ${errorMessage}`) ?? [];
  if (how !== undefined) {
    return new TenantBackupError(
      'FUNCTION_KILLED',
      `function ${functionName} was ended from outside: ${how}`,
      { ...facts, errorType, end: 'unknown' },
    );
  }
  return new TenantBackupError('DEFECT', `function ${functionName} failed: ${errorType}`, {
    ...facts,
    errorType,
  });
}

/** How Lambda says that the process of a function is gone: killed, out of memory, crashed. */
const ENDED =
  /(signal: [a-z]{1,20}|exit status \d{1,9}|OutOfMemory|Runtime exited(?! with error)|(?<=Runtime\.)(?:ExitError|NodejsExit|Unknown))/;
