import { TenantBackupError } from '../../../functions/errors.ts';
import type { OutputName } from '../../../functions/runtime/names.ts';
import type { Deployment } from './deployment.ts';
import { invoke, isEndUnknown } from './invoke.client.ts';

type FunctionOutput = Extract<keyof typeof OutputName, `${string}Function`>;

/** Invoke a function of the deployment. */
export const call = async <Result>(
  deployment: Deployment,
  name: FunctionOutput,
  event: object,
): Promise<Result> => invoke<Result>(deployment.lambda, await deployment.output(name), event);

/** A function that writes, and whose end is unknown, may have left the tenant half way: repeating it blindly is the last thing to do.
 * What it answered itself says what is written.
 * @param look says how to find out */
export async function callToWrite<Result>(
  deployment: Deployment,
  name: FunctionOutput,
  event: object,
  look: string,
): Promise<Result> {
  try {
    return await call<Result>(deployment, name, event);
  } catch (error) {
    if (!isEndUnknown(error)) throw error;
    const { code, message, facts } = error;
    const consequence = code === 'AWS_UNAVAILABLE' ? 'it may go on in AWS' : 'the tenant may be half way';
    throw new TenantBackupError(
      code,
      `${message}; ${consequence}: look with ${look} before you repeat it`,
      facts,
      { cause: error },
    );
  }
}
