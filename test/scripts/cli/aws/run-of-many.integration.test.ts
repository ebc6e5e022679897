import type { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QueuedRequest } from '../../../../functions/backup/backup-queue.client.ts';
import { recordFailure } from '../../../../functions/backup/failure-record.ts';
import { forward } from '../../../../functions/backup/forward.ts';
import type { BackupRequest } from '../../../../functions/backup/request.ts';
import { dispatch } from '../../../../functions/dispatch/dispatch.ts';
import { parseDispatchRequest } from '../../../../functions/dispatch/request.ts';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { mapLimited } from '../../../../functions/map-limited.ts';
import {
  createEnrolments,
  type Enrolments,
} from '../../../../functions/tenant/enrolment/enrolment.client.ts';
import { createLedger, type Ledger } from '../../../../functions/vault/storage/ledger.client.ts';
import { createVault, type Vault } from '../../../../functions/vault/storage/vault.client.ts';
import {
  findChosen,
  requireOneChoice,
  type TenantChoice,
} from '../../../../scripts/cli/aws/choose-tenants.ts';
import { createEnrolmentAdministration } from '../../../../scripts/cli/aws/enrolment-administration.client.ts';
import { followBackups } from '../../../../scripts/cli/aws/follow-backups.ts';
import { requestBackups } from '../../../../scripts/cli/aws/request-backups.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../../../scripts/local/local-aws.ts';
import { rejectionOf } from '../../../rejection.ts';

/** `run` of many tenants, on real secrets, a real ledger and a real vault. The steps of the functions are called here. */

const TEXT = JSON.stringify({
  issuer: 'https://eu.example.test/acme/system',
  clientId: 'tenant-backup',
  clientSecret: 'canary-acme-0001-of-at-least-32-characters',
});

let localAws: LocalAws;
let s3: S3Client;
let secrets: SecretsManagerClient;
let ledger: Ledger;
let vault: Vault;
let enrolments: Enrolments;
beforeAll(async () => {
  localAws = await startLocalAws();
  s3 = new S3Client({ ...clientSettings(localAws), forcePathStyle: true });
  secrets = new SecretsManagerClient(clientSettings(localAws));
  for (const Bucket of ['ledger', 'vault']) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: 'vault', VersioningConfiguration: { Status: 'Enabled' } }),
  );
  ledger = createLedger(s3, 'ledger');
  vault = createVault(s3, 'vault');
  enrolments = createEnrolments(secrets);
  for (const name of ['acme', 'globex', 'big']) await enrolments.add(name, TEXT, 'nightly');
  await enrolments.add('initech', TEXT, 'weekly');
  await enrolments.add('umbrella', TEXT, 'nightly');
  await createEnrolmentAdministration(secrets).pause('umbrella');
});
afterAll(async () => {
  s3?.destroy();
  secrets?.destroy();
  await localAws?.stop();
});

const output = async (name: string): Promise<string> =>
  name === 'enrolmentPrefix' ? 'tenant-backup/tenants/' : name;

/** A Lambda that runs dispatch in this process.
 * @param queued receives the requests */
const lambdaOf = (queued: QueuedRequest[], tools: { enrolments: Pick<Enrolments, 'entries' | 'find'> }) =>
  ({
    async send(command: InvokeCommand) {
      const event = JSON.parse(String(command.input.Payload));
      const queue = { lanes: [], send: async (some: readonly QueuedRequest[]) => void queued.push(...some) };
      const report = await dispatch(parseDispatchRequest(event, new Date()), { ...tools, queue, ledger });
      return { Payload: Buffer.from(JSON.stringify(report)) };
    },
  }) as Partial<LambdaClient> as LambdaClient;

describe('the tenants of a run', () => {
  const chosen = (choice: Partial<TenantChoice>) => findChosen({ names: [], ...choice }, { secrets, output });

  test('are those that are named, each once, paused or not', async () => {
    expect(await chosen({ names: ['umbrella', 'acme', 'umbrella'] })).toEqual(['umbrella', 'acme']);
  });

  test('are those of a schedule, or all that are not paused', async () => {
    expect(await chosen({ schedule: 'nightly' })).toEqual(['acme', 'big', 'globex']);
    expect(await chosen({ all: true })).toEqual(['acme', 'big', 'globex', 'initech']);
  });

  test('are refused where a schedule has none', async () => {
    expect(await rejectionOf(chosen({ schedule: 'nigthly' }))).toMatchObject({
      code: 'NOT_ENROLLED',
      message: 'no tenant is enrolled with schedule "nigthly"',
    });
  });

  test.each<Partial<TenantChoice>>([
    {},
    { names: ['acme'], all: true },
    { names: ['acme'], schedule: 'nightly' },
    { schedule: 'nightly', all: true },
    { names: ['../acme'] },
  ])('are refused before any call as %j', async (choice) => {
    expect(await rejectionOf(() => requireOneChoice({ names: [], ...choice }))).toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });
});

test('a run of more tenants than one request may name asks for all of them, for one time', async () => {
  const queued: QueuedRequest[] = [];
  const names = Array.from({ length: 1_003 }, (_, index) => `t-${index}`);
  const all = { enrolments: { find: async (name: string) => ({ name }), entries: async () => [] } };
  const requests = await requestBackups(
    names,
    { tier: 'manual', description: 'before release 7' },
    { lambda: lambdaOf(queued, all), output },
  );
  expect(queued.map(({ tenant }) => tenant)).toEqual(names);
  expect(requests.map(({ tenant }) => tenant)).toEqual(names);
  expect(
    new Set(queued.map(({ scheduledTime, description }) => `${scheduledTime} ${description}`)).size,
  ).toBe(1);
  expect(new Set(requests.map(({ scheduledTime }) => scheduledTime)).size).toBe(1);
});

test.each([
  ['big', 5],
  ['globex', 200],
])('the enrolment %s of %i tenants is followed until each has its line', async (name, count) => {
  const queued: QueuedRequest[] = [];
  const lambda = lambdaOf(queued, { enrolments });
  const requests = await requestBackups([name], { tier: 'manual' }, { lambda, output });
  const [asked] = queued;
  if (asked === undefined) throw new Error('nothing was requested');
  const members = Array.from({ length: count }, (_, index) => `${name}--t${index}`);
  const [failing = '', retried = '', ...others] = members;
  const throttled = new TenantBackupError('TENANT_THROTTLED', 'export was answered 429', {});
  const note = (tenant: string, deliveries: number, retryAt: string | null) =>
    recordFailure(
      JSON.stringify({ ...requestOf(tenant) }),
      throttled,
      { deliveries, maxDeliveries: 5, retryAt },
      {
        ledger,
        now: () => new Date(),
      },
    );
  const requestOf = (tenant: string): BackupRequest => ({
    tenant,
    tier: 'manual',
    scheduledTime: asked.scheduledTime,
  });
  const store = (tenants: readonly string[]) =>
    mapLimited(tenants, 16, (tenant) =>
      vault.put('manual', tenant, Buffer.from('an archive'), asked.scheduledTime),
    );
  /** What the backup function does during each pause. */
  const nights = [
    () => note(name, 1, '2026-01-31T02:01:00.000Z'),
    async () => {
      const sent: BackupRequest[] = [];
      await forward(requestOf(name), members, { ledger, send: async (some) => void sent.push(...some) });
      expect(sent.map(({ tenant }) => tenant)).toEqual(members);
      await store(others.slice(0, count / 2));
      await note(retried, 1, '2026-01-31T02:02:00.000Z');
    },
    () => Promise.all([store(others.slice(count / 2)), note(failing, 5, null)]),
    () => store([retried]),
  ].values();
  const left: number[] = [];
  const tries: string[] = [];
  const results = await followBackups(requests, {
    vault,
    ledger,
    now: () => new Date(),
    onPending: (tenants) => left.push(tenants.length),
    onFailedTry: ({ tenant, failedTry }) => tries.push(`${tenant} ${failedTry?.deliveries}`),
    isTimedOut: () => false,
    pause: async () => {
      const night = nights.next();
      if (night.done) throw new Error(`still waiting for ${left.at(-1)} tenants`);
      await night.value();
    },
  });
  expect(results.map(({ tenant }) => tenant)).toEqual(members);
  expect(results.filter(({ outcome }) => outcome === 'stored')).toHaveLength(count - 1);
  expect(results[0]).toMatchObject({ outcome: 'failed', code: 'TENANT_THROTTLED' });
  expect(tries).toEqual([`${name} 1`, `${retried} 1`]);
  expect(left.at(-1)).toBe(1);
});
