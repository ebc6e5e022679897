import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { awsError } from '../../functions/aws-errors.ts';
import { type ErrorCode, errorCodes, TenantBackupError } from '../../functions/errors.ts';

/** Invoke one of the functions, and wait for its answer as long as it lives. It is invoked once: what failed on the way
 * may have happened all the same.
 * @param client with one attempt and a long timeout
 * @throws what the function threw, with its code and message; NOT_DEPLOYED, OUT_OF_TIME, AWS_ACCESS_DENIED, ... */
export async function invoke<Result>(
  client: LambdaClient,
  functionName: string,
  event: object,
): Promise<Result> {
  const answer = await client
    .send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }))
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') {
        throw new TenantBackupError('NOT_DEPLOYED', `there is no function ${functionName}`, { functionName });
      }
      return awsError('lambda:InvokeFunction', { functionName })(error);
    });
  const payload: unknown = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8') || 'null');
  if (answer.FunctionError === undefined) return payload as Result;
  const { tenant } = event as { readonly tenant?: string };
  const facts = { functionName, ...(tenant !== undefined && { tenant }) };
  throw failureOf(facts, payload as { errorType?: string; errorMessage?: string } | null);
}

/** What Lambda reports of a function that threw, or that it ended. */
function failureOf(
  facts: { readonly functionName: string; readonly tenant?: string },
  answer: { readonly errorType?: string; readonly errorMessage?: string } | null,
): TenantBackupError {
  const { functionName } = facts;
  const { errorType = 'unknown', errorMessage = 'no reason given' } = answer ?? {};
  const code = errorCodes.find((candidate): candidate is ErrorCode => candidate === errorType);
  if (code) return new TenantBackupError(code, errorMessage, facts);
  if (/Task timed out/.test(errorMessage)) {
    return new TenantBackupError('OUT_OF_TIME', `function ${functionName} ran out of time`, facts);
  }
  return new TenantBackupError('DEFECT', `function ${functionName} failed: ${errorType}`, {
    ...facts,
    errorType,
  });
}
