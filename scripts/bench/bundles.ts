import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { EnvironmentName } from '../../functions/runtime/names.ts';
import { retentionText } from '../../functions/vault/retention/retention-policy.ts';
import { createStack, parseConfiguration } from '../../infra/configuration.ts';

/** A function's code as it is deployed. */
export interface Bundle {
  readonly verb: string;
  /** The module that Lambda loads, with its source map beside it. */
  readonly file: string;
  /** Environment of a process that loads it. Addresses in it lead nowhere. */
  readonly environment: Readonly<Record<string, string>>;
}

interface FunctionResource {
  readonly Type: string;
  readonly Properties: {
    readonly FunctionName: string;
    readonly Code: { readonly S3Key: string };
    readonly Environment: { readonly Variables: { readonly NODE_OPTIONS: string } };
  };
}

const CDK_JSON = new URL('../../cdk.json', import.meta.url);

/** Synthesizes the stack, and with it the code of each function.
 * @param folder receives the cloud assembly */
export function bundleFunctions(folder: string): Bundle[] {
  const { context } = JSON.parse(readFileSync(CDK_JSON, 'utf8'));
  const app = new App({ outdir: folder, context });
  const configuration = {
    ...context.tenantBackup,
    drill: { schedule: 'cron(0 5 ? * SUN *)', into: 'scratch' },
  };
  const { settings } = parseConfiguration(configuration);
  const { stackName, templateFile } = createStack(app, configuration);
  app.synth();
  const variables = {
    ...Object.fromEntries(Object.values(EnvironmentName).map((name) => [name, '1'])),
    [EnvironmentName.escrowPublicKey]: '',
    [EnvironmentName.trustedSigningKeys]: '[]',
    [EnvironmentName.ledgerKeys]: JSON.stringify({ keys: {} }),
    [EnvironmentName.retention]: retentionText(settings.retentionPolicy),
    [EnvironmentName.auditSettings]: JSON.stringify(settings.auditSettings),
    [EnvironmentName.drillSettings]: JSON.stringify({ into: 'scratch' }),
    AWS_REGION: 'eu-central-1',
  };
  const template = JSON.parse(readFileSync(join(folder, templateFile), 'utf8')) as {
    Resources: Record<string, FunctionResource>;
  };
  return Object.values(template.Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties: { FunctionName, Code, Environment } }) => ({
      verb: FunctionName.slice(stackName.length + 1),
      file: join(folder, `asset.${Code.S3Key.replace('.zip', '')}`, 'index.mjs'),
      environment: { ...variables, NODE_OPTIONS: Environment.Variables.NODE_OPTIONS },
    }));
}
