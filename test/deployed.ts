import { setTimeout as sleep } from 'node:timers/promises';
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { vi } from 'vitest';
import { type Clients, createClients } from '../functions/runtime/clients.ts';
import type { OperatorPolicy, OutputName } from '../functions/runtime/names.ts';
import { type Deployment, openDeployment } from '../scripts/demo/deployment.ts';
import { AWKWARD_AWS, type AwkwardAws } from '../scripts/local/awkward.ts';
import { deployStack } from '../scripts/local/deploy.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../scripts/local/local-aws.ts';
import type { NewTenant, Sandbox, TenantAccess } from '../scripts/sandbox/sandbox.ts';
import { assemblyOf } from './assemblies.ts';

/** The stack, deployed to a local AWS for one test file. */
export interface Deployed {
  readonly localAws: LocalAws;
  readonly deployment: Deployment;
  /** What a function finds in its environment. */
  environmentOf(name: keyof typeof OutputName): Promise<Record<string, string>>;
  /** Settings of SDK clients with the rights of an operator who has these policies. */
  asOperator(...policies: OperatorPolicy[]): Promise<ReturnType<typeof clientSettings>>;
  /** Settings of SDK clients with the rights that a function has. */
  asFunction(name: keyof typeof OutputName): Promise<ReturnType<typeof clientSettings>>;
  close(): Promise<void>;
}

/** Deploys to a local AWS.
 * @param settings laid over those of `cdk.json`
 * @param awkward what it does that AWS may do. @default - everything */
export async function deploy(settings: object = {}, awkward: AwkwardAws = AWKWARD_AWS): Promise<Deployed> {
  const localAws = await startLocalAws({ awkward });
  const lambda = new LambdaClient(clientSettings(localAws));
  const iam = new IAMClient(clientSettings(localAws));
  try {
    const assemblyFolder = await assemblyOf({ tenantBackup: { removal: 'destroy', ...settings } });
    const outputs = await deployStack({ localAws, assemblyFolder });
    if (awkward.kmsLagSeconds > 0) await untilPoliciesSeeAliases();
    const deployment = openDeployment(localAws, outputs);
    const configurationOf = (name: keyof typeof OutputName) =>
      lambda.send(new GetFunctionConfigurationCommand({ FunctionName: deployment.output(name) }));
    return {
      localAws,
      deployment,
      async environmentOf(name) {
        return (await configurationOf(name)).Environment?.Variables ?? {};
      },
      async asFunction(name) {
        const { Role = '' } = await configurationOf(name);
        return { ...clientSettings(localAws), credentials: await assumeRole(localAws, Role) };
      },
      async asOperator(...policies) {
        const arns: Record<string, string> = JSON.parse(deployment.output('operatorPolicies'));
        const Role = { RoleName: `operator-${policies.join('-')}` };
        const AssumeRolePolicyDocument = JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
        });
        const made = await iam.send(new CreateRoleCommand({ ...Role, AssumeRolePolicyDocument }));
        for (const policy of policies) {
          await iam.send(new AttachRolePolicyCommand({ ...Role, PolicyArn: arns[policy] }));
        }
        return { ...clientSettings(localAws), credentials: await assumeRole(localAws, made.Role?.Arn ?? '') };
      },
      async close() {
        iam.destroy();
        lambda.destroy();
        deployment.close();
        await localAws.stop();
      },
    };
  } catch (error) {
    await localAws.stop();
    throw error;
  }
}

/** The clients that the restore function has, in this process and with the rights of an administrator. Changes this
 * process's environment. */
export async function clientsInProcess({ localAws, environmentOf }: Deployed): Promise<Clients> {
  Object.assign(process.env, localAws.environment, await environmentOf('restoreFunction'));
  for (const [name, value] of Object.entries(localAws.environment))
    if (value === '') delete process.env[name];
  return createClients();
}

/** Waits as long as an alias of a key takes to count, which an operator is told to wait. */
export const untilPoliciesSeeAliases = (): Promise<void> => sleep(AWKWARD_AWS.kmsLagSeconds * 1000);

/** Waits until lists have these enrolments: a schedule backs up no other. */
export async function untilListed({ deployment }: Deployed, names: readonly string[]): Promise<void> {
  const missing = async () => {
    const listed = await deployment.enrolments.list();
    return names.filter((name) => !listed.includes(name));
  };
  await vi.waitUntil(async () => (await missing()).length === 0, { timeout: 60_000, interval: 200 });
}

/** Add a tenant to a sandbox and enrol it.
 * @param changes to the enrolment */
export async function enrol(
  { deployment }: Deployed,
  sandbox: Sandbox,
  tenant: NewTenant,
  {
    schedule = 'nightly',
    ...changes
  }: { schedule?: string; clientSecret?: string; scratch?: boolean; parts?: readonly string[] } = {},
): Promise<TenantAccess> {
  const access = sandbox.addTenant(tenant);
  const [client] = access.clients;
  if (!client) throw new Error(`tenant ${tenant.id} has no client`);
  const { clientId, clientSecret } = client;
  // Most tests are about the tree alone; others name their parts.
  const enrolment = { issuer: access.issuer, clientId, clientSecret, parts: ['hub'], ...changes };
  await deployment.enrolments.add(tenant.id, JSON.stringify(enrolment), schedule);
  return access;
}

/** Credentials of a role. The local AWS believes the name in a signature, and lets everybody take on every role.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export async function assumeRole(localAws: LocalAws, roleArn: string) {
  const { credentials, region } = clientSettings(localAws);
  const scope = `${credentials.accessKeyId}/20260101/${region}/sts/aws4_request`;
  const response = await fetch(localAws.endpoint, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: 'proof',
    }),
  });
  const text = await response.text();
  const member = (name: string): string => {
    const value = new RegExp(`<${name}>([^<]+)<`).exec(text)?.[1];
    if (value === undefined) throw new Error(`no ${name} for ${roleArn}: ${response.status}`);
    return value;
  };
  return {
    accessKeyId: member('AccessKeyId'),
    secretAccessKey: member('SecretAccessKey'),
    sessionToken: member('SessionToken'),
  };
}
