import { isTenantBackupError, TenantBackupError } from '../../../functions/errors.ts';
import type { OutputName } from '../../../functions/runtime/names.ts';
import type { Deployment } from './deployment.client.ts';
import { invoke, isResultUnknown } from './invoke.client.ts';

type FunctionOutput = Extract<keyof typeof OutputName, `${string}Function`>;

/** Invokes a function of the deployment. */
export const callFunction = async <Result>(
  deployment: Deployment,
  name: FunctionOutput,
  event: object,
): Promise<Result> => invoke<Result>(deployment.lambda, await deployment.output(name), event);

/** Requires a deployment with drills. Without them, the stack has no such output; the error says that instead of its name.
 * @throws NOT_DEPLOYED */
export async function requireDrills(deployment: Deployment): Promise<void> {
  await deployment.output('drillFunction').catch((error: unknown) => {
    if (!isTenantBackupError(error) || !/has no output/.test(error.message)) throw error;
    throw new TenantBackupError('NOT_DEPLOYED', 'drills are off: set drill in cdk.json, see docs/DRILLS.md');
  });
}

/** Invokes a function that writes. If its result is unknown, the error names the command that shows what was written, as
 * a blind repetition could do damage.
 * @param statusCommand shows the result later */
export async function callWriteFunction<Result>(
  deployment: Deployment,
  name: FunctionOutput,
  event: object,
  statusCommand: string,
): Promise<Result> {
  try {
    return await callFunction<Result>(deployment, name, event);
  } catch (error) {
    if (!isResultUnknown(error)) throw error;
    const { code, message, facts } = error;
    const consequence =
      code === 'AWS_UNAVAILABLE' ? 'it may still run in AWS' : 'the tenant may be partly written';
    throw new TenantBackupError(
      code,
      `${message}; ${consequence}: check with ${statusCommand} before you repeat it`,
      facts,
      { cause: error },
    );
  }
}
