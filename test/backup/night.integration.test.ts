import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stateOfRequest } from '../../functions/backup/request-state.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import { ENROLMENT_PREFIX } from '../../functions/runtime/names.ts';
import { statusOfBackup } from '../../functions/status/backup-status.ts';
import { followBackups, waiting } from '../../scripts/cli/aws/follow-backups.ts';
import { clientSettings } from '../../scripts/local/local-aws.ts';
import type { FaultOrder } from '../../scripts/sandbox/faults.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { clientsInProcess, type Deployed, deploy, enrol, untilListed } from '../deployed.ts';
import { hoursAgo } from '../nights.ts';
import { at } from '../restore/stage.ts';

/** A night in which a proxy before SecureAuth answers pages of its own for a while, and a client secret is rotated meanwhile.
 * A deployed queue tries again after seconds instead of minutes, so that ninety seconds of pages last as long as the first try
 * of every tenant. */

/** What the proxy answers, by tenant. */
const PROXY: Readonly<Record<string, FaultOrder>> = {
  acme: { kind: 'html' },
  globex: { kind: 'html', status: 404, on: 'export' },
  hooli: { kind: 'html', status: 403, on: 'token' },
  initech: { kind: 'html', on: 'token' },
  umbrella: { kind: 'redirect' },
};
const TENANTS = Object.keys(PROXY);
/** The tenant whose secret is rotated. It got no token before. */
const ROTATED = 'hooli';
const NEW_SECRET = 'canary-hooli-0002-of-at-least-32-characters';

const time = { tier: 'daily', scheduledTime: hoursAgo(1) } as const;
const description = 'a night with a proxy';
const MAX_RECEIVE_COUNT = 8;
const PATIENCE = { timeout: 60_000, interval: 200 };

let deployed: Deployed;
let sandbox: Sandbox;
let clients: Clients;
let secrets: SecretsManagerClient;

beforeAll(async () => {
  deployed = await deploy({ maxReceiveCount: MAX_RECEIVE_COUNT, retryDelaySeconds: 2 });
  sandbox = await startSandbox();
  clients = await clientsInProcess(deployed);
  secrets = new SecretsManagerClient(clientSettings(deployed.localAws));
  for (const id of TENANTS) await enrol(deployed, sandbox, { id, tree: { name: id } });
  await untilListed(deployed, TENANTS);
});

afterAll(async () => {
  secrets?.destroy();
  await sandbox?.close();
  await deployed?.close();
});

const stateOf = (tenant: string) => stateOfRequest({ tenant, ...time }, clients);

const deadLetters = async (): Promise<string | undefined> => {
  const { sqs, output } = deployed.deployment;
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: output('deadLetterQueueUrl'),
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  return Attributes?.['ApproximateNumberOfMessages'];
};

test('a night with a proxy that answers pages, and a secret rotated in the middle, ends with all tenants stored', async () => {
  for (const [tenant, fault] of Object.entries(PROXY)) sandbox.setFault(tenant, fault);
  await deployed.deployment.invoke('dispatchFunction', { schedule: 'nightly', ...time, description });

  for (const tenant of TENANTS) {
    await expect
      .poll(() => stateOf(tenant), PATIENCE)
      .toMatchObject({
        state: 'retrying',
        code: expect.stringMatching(/^(UNEXPECTED_RESPONSE|EXPORT_MALFORMED)$/),
      });
  }
  sandbox.changeTenant(ROTATED, (tree) => {
    const client = at(tree, 'servers', 'system', 'clients')['tenant-backup'] ?? {};
    client['client_secret'] = NEW_SECRET;
    client['rotated_secrets'] = [];
  });
  sandbox.clearFaults();
  await expect
    .poll(() => stateOf(ROTATED), PATIENCE)
    .toMatchObject({ state: 'retrying', code: 'AUTHENTICATION_REFUSED' });

  const SecretId = `${ENROLMENT_PREFIX}${ROTATED}`;
  const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  const enrolment = { ...JSON.parse(SecretString), clientSecret: NEW_SECRET };
  await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(enrolment) }));
  const results = await followBackups(
    TENANTS.map((tenant) => waiting({ tenant, ...time })),
    {
      ...clients,
      onPending: () => {},
      onFailedTry: () => {},
      isTimedOut: () => false,
      pause: () => sleep(200),
    },
  );

  expect(Object.fromEntries(results.map(({ tenant, outcome }) => [tenant, outcome]))).toEqual(
    Object.fromEntries(TENANTS.map((tenant) => [tenant, 'stored'])),
  );
  for (const tenant of TENANTS) {
    const [version, ...others] = await clients.vault.listVersions('daily', tenant);
    if (version === undefined) throw new Error(`${tenant} has no backup`);
    expect(others).toEqual([]);
    expect(await clients.keptBackups.manifest(version)).toMatchObject({ description });
    expect(await statusOfBackup(tenant, clients)).toMatchObject({
      state: 'stored',
      request: { tenant, ...time, description },
      backup: { tier: 'daily' },
    });
  }
  expect(await deadLetters()).toBe('0');
});
