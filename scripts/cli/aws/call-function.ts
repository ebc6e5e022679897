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

/** Tells whether the deployment has drills. Without them, the stack has no such output. */
export const hasDrills = (deployment: Pick<Deployment, 'output'>): Promise<boolean> =>
  deployment.output('drillFunction').then(
    () => true,
    (error: unknown) => {
      if (isTenantBackupError(error) && error.message.includes('has no output')) return false;
      throw error;
    },
  );

/** Requires a deployment with drills.
 * @throws NOT_DEPLOYED */
export async function requireDrills(deployment: Pick<Deployment, 'output'>): Promise<void> {
  if (await hasDrills(deployment)) return;
  throw new TenantBackupError('NOT_DEPLOYED', 'drills are off: set drill in cdk.json, see docs/DRILLS.md');
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
