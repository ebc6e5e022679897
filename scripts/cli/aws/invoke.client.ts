import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { awsError, reasonOf } from '../../../functions/aws-errors.ts';
import {
  type ErrorCode,
  errorCodes,
  type Facts,
  isTenantBackupError,
  TenantBackupError,
} from '../../../functions/errors.ts';

/** Invokes a function once, and waits for its result. Never retries: a lost answer does not mean that nothing happened.
 * @param client with one attempt and a long timeout
 * @throws what the function threw, with its code and message; NOT_DEPLOYED, OUT_OF_TIME, FUNCTION_KILLED, AWS_ACCESS_DENIED, ...;
 *   `isResultUnknown` tells whether the function may have run, or may still run */
export async function invoke<Result>(
  client: LambdaClient,
  functionName: string,
  event: object,
): Promise<Result> {
  const facts = { functionName, ...idsOf(event) };
  const answer = await client
    .send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }))
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') {
        throw new TenantBackupError('NOT_DEPLOYED', `function ${functionName} does not exist`, {
          functionName,
        });
      }
      if (isNotStarted(error)) return awsError('lambda:InvokeFunction', facts)(error);
      throw lostAnswer(facts, reasonOf(error));
    });
  const text = Buffer.from(answer.Payload ?? []).toString('utf8') || 'null';
  if (answer.FunctionError !== undefined) throw failureOf(facts, parsed(text) as FunctionFailure | null);
  const payload = parsed(text);
  if (payload === undefined) throw lostAnswer(facts, 'the answer is not JSON');
  return payload as Result;
}

/** Returns whether the result of a function is unknown: it may have written something, or may still run. */
export const isResultUnknown = (error: unknown): error is TenantBackupError =>
  isTenantBackupError(error) && error.facts['end'] === 'unknown';

/** Returns the ids in an event. */
function idsOf(event: object): Facts {
  const { tenant, into, operationId } = event as Readonly<Record<string, string | undefined>>;
  return {
    ...(tenant !== undefined && { tenant }),
    ...(into !== undefined && { into }),
    ...(operationId !== undefined && { operationId }),
  };
}

/** Errors of a connection that was never made. */
const NOT_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
]);

/** Returns whether Lambda refused the invocation or never received it. */
function isNotStarted(error: unknown): boolean {
  const { $metadata, $response } = (error ?? {}) as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  const status = $response?.statusCode ?? $metadata?.httpStatusCode;
  if (status !== undefined) return status >= 400 && status < 500;
  // Without credentials or a region, the SDK sends nothing.
  return NOT_CONNECTED.has(reasonOf(error)) || !isNetworkError(error);
}

const isNetworkError = (error: unknown): boolean =>
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

/** Translates Lambda's report of a function that threw or was killed.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html */
function failureOf(facts: Facts, answer: FunctionFailure | null | undefined): TenantBackupError {
  const functionName = String(facts['functionName']);
  const { errorType = 'unknown', errorMessage = 'no reason given' } = answer ?? {};
  const code = errorCodes.find((candidate): candidate is ErrorCode => candidate === errorType);
  if (code) return new TenantBackupError(code, errorMessage, { ...facts, inFunction: true });
  if (/Task timed out/.test(errorMessage)) {
    return new TenantBackupError('OUT_OF_TIME', `function ${functionName} timed out`, {
      ...facts,
      end: 'unknown',
    });
  }
  if (NOT_LOADED.test(errorType)) {
    return new TenantBackupError('DEFECT', `function ${functionName} failed: ${errorType}`, {
      ...facts,
      errorType,
    });
  }
  // The handler reports its own errors by their codes: any other error ended its process.
  const [how = errorType] = KILLED.exec(`${errorType} ${errorMessage}`) ?? [];
  return new TenantBackupError('FUNCTION_KILLED', `function ${functionName} was killed: ${how}`, {
    ...facts,
    errorType,
    end: 'unknown',
  });
}

/** Lambda's words for code that it could not load: no handler ran. */
const NOT_LOADED = /^Runtime\.(ImportModuleError|UserCodeSyntaxError|MalformedHandlerName|HandlerNotFound)$/;

/** Lambda's words for a process that was killed, crashed or ran out of memory. */
const KILLED =
  /signal: [a-z]{1,20}|exit status \d{1,9}|OutOfMemory|Runtime exited(?! with error)|(?<=Runtime\.)(?:ExitError|NodejsExit|Unknown)/;
