import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backUpTenant } from '../../functions/backup/backup.ts';
import { planChanges } from '../../functions/config/change/change-set.ts';
import { liveDigest, requireFresh } from '../../functions/plan/freshness.ts';
import { plan } from '../../functions/plan/plan.ts';
import { planAnswer } from '../../functions/plan/plan-answer.ts';
import { parsePlan } from '../../functions/plan/plan-document.ts';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import { readPlan } from '../../functions/plan/stored-plan.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import { damage } from '../../scripts/demo/damage.ts';
import { credentialValues, demoTenants } from '../../scripts/demo/tenants.ts';
import { PLAIN_AWS } from '../../scripts/local/awkward.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { type NewTenant, type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { clientsInProcess, type Deployed, deploy, enrol } from '../deployed.ts';
import { rejectionOf } from '../rejection.ts';

/** The step of planning, in this process: against the sandbox over HTTP, and real S3, KMS and Secrets Manager calls to the
 * local AWS. */

let deployed: Deployed;
let sandbox: Sandbox;
let clients: Clients;
let tree: JsonObject;

beforeAll(async () => {
  deployed = await deploy({}, PLAIN_AWS);
  sandbox = await startSandbox();
  clients = await clientsInProcess(deployed);
  tree = demoTenants()[0]?.tree ?? {};
});

afterAll(async () => {
  await sandbox?.close();
  await deployed?.close();
});

const newTenant = async (id: string, options: Partial<NewTenant> = {}) => {
  await enrol(deployed, sandbox, { id, tree, ...options });
  return id;
};

const backUp = async (tenant: string, scheduledTime = '2026-01-31T02:00:00Z') =>
  backUpTenant({ tenant, tier: 'daily', scheduledTime }, await clients.enrolments.get(tenant), clients);

const planFor = (tenant: string, request: object = {}, tools: Clients = clients) =>
  plan(parsePlanRequest({ tenant, ...request }, new Date()), tools);

/** Clients with an opener that no part but configurations can be opened with. */
const withoutCredentialsKey = (): Clients => ({
  ...clients,
  sealer: {
    ...clients.sealer,
    opener: (trusted) => clients.sealer.opener({ ...trusted, credentials: [] } as never),
  },
});

type Workspace = Record<string, Record<string, Record<string, unknown>>>;

const change = (tenant: string, apply: (customers: Workspace, live: JsonObject) => void) =>
  sandbox.changeTenant(tenant, (live) => {
    apply((live['servers'] as unknown as Record<string, Workspace>)['customers'] as Workspace, live);
  });

const firstClient = () => {
  const { customers } = tree['servers'] as unknown as Record<string, Workspace>;
  return Object.entries(customers?.['clients'] ?? {}).find(([id]) => id !== 'tenant-backup')?.[0] ?? '';
};

const writesTo = (tenant: string) =>
  sandbox.requests.filter(
    ({ tenant: of, method, path }) => of === tenant && method !== 'GET' && !path.endsWith('/oauth2/token'),
  );

/** Everything that the ledger holds, as one text. */
async function ledgerText(): Promise<string> {
  const { s3 } = deployed.deployment;
  const bucket = deployed.deployment.output('ledgerBucket');
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  const texts = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return (await Body?.transformToString()) ?? '';
    }),
  );
  return texts.join('\n');
}

describe('a plan', () => {
  test('is empty for a tenant that is as its backup, and needs neither the key of credentials nor a right to write', async () => {
    const tenant = await newTenant('same', {
      clients: [{ clientId: 'reader', scopes: ['read_configuration'] }],
    });
    const { versionId } = await backUp(tenant);
    const made = await planFor(tenant, {}, withoutCredentialsKey());
    expect(made).toMatchObject({
      isEmpty: true,
      changes: [],
      problems: [],
      credentialsCompared: true,
      needsCredentialChoice: false,
      desired: { kind: 'backup', tenant, versionId },
      actual: { kind: 'live', tenant },
    });
    expect(Object.keys(made.counts)).toEqual(['unchanged']);
    expect(made.counts.unchanged).toBeGreaterThan(50);
    expect(writesTo(tenant)).toEqual([]);
  });

  test('names what is damaged, with old and new values, and of a secret only that it differs', async () => {
    const tenant = await newTenant('damaged');
    await backUp(tenant);
    const client = firstClient();
    change(tenant, ({ clients: there = {}, policies = {} }) => {
      Object.assign(there[client] ?? {}, {
        client_secret: 'canary-rotated-secret-of-the-client-1234',
        redirect_uris: ['https://attacker.example/callback'],
      });
      delete policies[Object.keys(policies).at(-1) ?? ''];
      there['intruder'] = {
        client_name: 'Intruder',
        client_secret: 'canary-intruder-secret-0123456789abcdef',
      };
    });
    const made = await planFor(tenant, { prune: true });
    const of = (pointer: string) => made.changes.find((each) => each.pointer === pointer);
    const place = `/servers/customers/clients/${client}`;
    expect(of(place)).toMatchObject({ kind: 'updated', type: 'client', id: client, workspace: 'customers' });
    expect(of(place)?.properties).toContainEqual({ pointer: `${place}/client_secret`, secret: true });
    expect(of(place)?.properties).toContainEqual(
      expect.objectContaining({
        pointer: `${place}/redirect_uris`,
        old: ['https://attacker.example/callback'],
        secret: false,
      }),
    );
    expect(of('/servers/customers/clients/intruder')).toMatchObject({ kind: 'pruned', name: 'Intruder' });
    expect(made.counts).toMatchObject({ created: 1, updated: 1, pruned: 1 });
    expect(made.needsCredentialChoice).toBe(true);
    expect(made.credentialsDiffering).toEqual([`${place}/client_secret`]);
    expect(planAnswer(made, new Date()).text).toContain(`~ client ${client}`);
    expect(planAnswer(made, new Date()).text).toContain('    client_secret: secret differs');
  });

  test('keeps credentials as they are if it is told to, and needs no further choice', async () => {
    const tenant = await newTenant('kept');
    await backUp(tenant);
    change(tenant, ({ clients: there = {} }) => {
      Object.assign(there[firstClient()] ?? {}, {
        client_secret: 'canary-rotated-secret-of-the-client-1234',
      });
    });
    expect(await planFor(tenant, { credentials: 'keep' })).toMatchObject({
      isEmpty: true,
      needsCredentialChoice: false,
    });
    expect(await planFor(tenant, { credentials: 'restore' })).toMatchObject({
      isEmpty: false,
      needsCredentialChoice: false,
      counts: { updated: 1 },
    });
  });

  test('tells what two backups differ in, without asking the tenant', async () => {
    const tenant = await newTenant('history');
    const first = await backUp(tenant);
    sandbox.changeTenant(tenant, (live) => void damage(live, 'tenant-backup'));
    const second = await backUp(tenant, '2026-02-01T02:00:00Z');
    const before = sandbox.requests.length;
    const made = await planFor(
      tenant,
      { versionId: first.versionId, actual: { versionId: second.versionId } },
      withoutCredentialsKey(),
    );
    expect(sandbox.requests).toHaveLength(before);
    expect(made).toMatchObject({ isEmpty: false, digests: {}, credentialsCompared: true });
    expect(made.changes.some(({ properties }) => properties.some(({ secret }) => secret))).toBe(true);
  });

  test('between two tenants as they are shows a member that only one has, on all objects', async () => {
    const from = await newTenant('with-it');
    const to = await newTenant('without-it');
    let clients = 0;
    change(from, (_, { servers }) => {
      for (const workspace of Object.values(servers as unknown as Record<string, Workspace>)) {
        for (const each of Object.values(workspace['clients'] ?? {})) {
          Object.assign(each, { require_dpop: true });
          clients++;
        }
      }
    });
    const { counts, warnings } = await planFor(to, { desired: { tenant: from, live: true } });
    // But for the client that plans.
    expect(counts).toMatchObject({ updated: clients - 1 });
    expect(warnings).toEqual([]);
  });

  test('tells what two tenants differ in, and what still mentions the other one', async () => {
    const from = await newTenant('staging');
    const to = await newTenant('production');
    await backUp(from);
    change(from, ({ clients: there = {} }) => {
      Object.assign(there[firstClient()] ?? {}, {
        description: 'see https://portal.example/staging/customers',
      });
    });
    const same = await planFor(to, { desired: { tenant: from } });
    expect(same).toMatchObject({ isEmpty: true, desired: { tenant: from }, actual: { tenant: to } });
    const live = await planFor(to, { desired: { tenant: from, live: true } });
    expect(live).toMatchObject({ counts: { updated: 1 }, desired: { kind: 'live' } });
    expect(live.warnings).toContainEqual(
      expect.objectContaining({
        code: 'SOURCE_MENTIONED',
        pointers: [`/servers/customers/clients/${firstClient()}/description`],
      }),
    );
    const transformed = await planFor(to, {
      desired: { tenant: from, live: true },
      transform: { tenant: { id: { from, to } } },
    });
    expect(transformed.warnings).toEqual([]);
    expect(transformed.changes[0]?.properties[0]?.new).toBe(
      'see https://portal.example/production/customers',
    );
  });

  test('is read again from the ledger as it was, and under its own name alone', async () => {
    const tenant = await newTenant('stored');
    await backUp(tenant);
    change(tenant, ({ clients: there = {} }) => void delete there[firstClient()]);
    const made = await planFor(tenant, { selection: [{ resourceType: 'clients', ids: ['*'] }] });
    expect(await readPlan(clients.ledger, tenant, made.planId)).toEqual(JSON.parse(JSON.stringify(made)));
    const { planId: _, ...document } = made;
    expect(parsePlan(JSON.parse(JSON.stringify(document)))).toMatchObject({ counts: { created: 1 } });
    expect((await rejectionOf(readPlan(clients.ledger, 'same', made.planId))).code).toBe('PLAN_NOT_FOUND');
  });

  test('is stale once what it is about has changed, and not before', async () => {
    const tenant = await newTenant('moving');
    await backUp(tenant);
    const selection = [{ resourceType: 'clients' }];
    change(tenant, ({ clients: there = {} }) => void delete there[firstClient()]);
    const made = await planFor(tenant, { selection });
    const key = await clients.fingerprintKeys.derive(tenant);
    const judge = () => {
      const live = sandbox.tenant(tenant);
      const request = parsePlanRequest({ tenant, selection }, new Date());
      const changeSet = planChanges(tree as never, live as never, request as never);
      const digest = liveDigest({ exported: live as never, clientId: 'tenant-backup' }, changeSet, key);
      requireFresh(made, 'hub', digest);
      return digest;
    };
    expect(judge()).toBe(made.digests.hub);
    // Neither the client that we authenticate with, nor what is not selected.
    change(tenant, ({ policies = {} }, live) => {
      delete policies[Object.keys(policies)[0] ?? ''];
      const { system } = live['servers'] as unknown as Record<string, Workspace>;
      Object.assign(system?.['clients']?.['tenant-backup'] ?? {}, { client_secret: 'rotated'.repeat(8) });
    });
    expect(judge()).toBe(made.digests.hub);
    change(tenant, ({ clients: there = {} }) => {
      Object.assign(Object.values(there)[0] ?? {}, { client_secret: 'rotated'.repeat(8) });
    });
    expect((await rejectionOf(judge)).code).toBe('PLAN_STALE');
  });

  test('leaves no credential in the ledger, in its text or in its answer', async () => {
    const tenant = await newTenant('canaries');
    await backUp(tenant);
    const planted = 'canary-planted-in-a-script-0123456789';
    sandbox.changeTenant(tenant, (live) => void damage(live, 'tenant-backup'));
    change(tenant, ({ scripts = {}, clients: there = {} }) => {
      scripts['hooked'] = { name: 'Hooked', body: `const key = '${planted}'` };
      for (const each of Object.values(there))
        Object.assign(each, { client_secret: `canary-now-${planted}` });
    });
    await backUp(tenant, '2026-02-01T02:00:00Z');
    change(tenant, ({ scripts = {} }) =>
      Object.assign(scripts['hooked'] ?? {}, { body: `const changed = '${planted}'` }),
    );
    const secrets = [...credentialValues(tree), ...credentialValues(sandbox.tenant(tenant)), planted];
    expect(secrets.length).toBeGreaterThan(20);
    const answers = [
      planAnswer(
        await planFor(tenant, { asOf: '2026-01-31T12:00:00Z', tier: 'daily' }).catch(() => planFor(tenant)),
        new Date(),
      ),
      planAnswer(await planFor(tenant, { prune: true, credentials: 'restore' }), new Date()),
      planAnswer(await planFor(tenant, { desired: { tenant: 'same' }, prune: true }), new Date()),
    ];
    expect(
      answers
        .flatMap(({ changes }) => changes)
        .some(({ properties }) => properties.some(({ secret }) => secret)),
    ).toBe(true);
    const said = `${JSON.stringify(answers)}\n${await ledgerText()}`;
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
  });

  test.each([
    [{ tenant: 'nobody' }, 'NOT_ENROLLED'],
    [{ tenant: 'never-backed-up' }, 'NO_BACKUP'],
    [{ tenant: 'same', versionId: 'x' }, 'VERSION_NOT_FOUND'],
    [{ tenant: 'same', selection: [{ resourceType: 'clients', ids: ['nobody'] }] }, 'INVALID_REQUEST'],
  ])('is refused for %j: %s', async (request, code) => {
    if (request.tenant === 'never-backed-up') await newTenant('never-backed-up');
    expect((await rejectionOf(plan(parsePlanRequest(request, new Date()), clients))).code).toBe(code);
  });
});
