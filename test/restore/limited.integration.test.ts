import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backUpTenant } from '../../functions/backup/backup.ts';
import { parseDispatchRequest } from '../../functions/dispatch/request.ts';
import { plan } from '../../functions/plan/plan.ts';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import { restore } from '../../functions/restore/restore.ts';
import { parseRestoreRequest } from '../../functions/restore/source/request.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { rejectionOf } from '../rejection.ts';
import { at, differences, openStage, type Stage, withHub } from './stage.ts';

/** Restores from backups that leave out credentials, or all but a selection: over HTTP from the sandbox, and real S3 and KMS calls to
 * the local AWS. What should be is worked out without the product's own code. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const clientsIn = (tree: JsonObject, workspace = 'customers') => at(tree, 'servers', workspace, 'clients');

/** Takes a backup that a person asks for. */
async function takenOf(tenant: string, asked: object, clients: Clients = stage.clients): Promise<string> {
  const { credentials, selection } = parseDispatchRequest({ tenants: [tenant], ...asked }, new Date());
  const request = {
    tenant,
    tier: 'manual',
    scheduledTime: '2026-01-31T02:00:00Z',
    credentials,
    selection,
  } as const;
  return (await backUpTenant(request, await clients.enrolments.get(tenant), clients)).versionId;
}

const restored = (tenant: string, versionId: string, more: object = {}, clients: Clients = stage.clients) =>
  restore(parseRestoreRequest({ tenant, versionId, ...more }, new Date()), clients);

/** Rotates a secret, changes a client and deletes another one. */
function change(live: JsonObject): void {
  const clients = clientsIn(live);
  const [mobile, api] = [clients['mobile-app'], clients['checkout']] as Record<string, unknown>[];
  if (mobile) mobile['redirect_uris'] = ['https://attacker.example/'];
  if (api) api['client_secret'] = 'rotated-since-canary-of-at-least-32-characters';
  delete clients['portal'];
}

/** Tells whether a place is of a credential of the client that was deleted, which no backup without credentials can bring back. */
const isSecretOfPortal = (place: string): boolean =>
  /^\/servers\/customers\/clients\/portal\/(client_secret|hashed_secret|rotated_secrets)$/.test(place);

describe('a backup without credentials', () => {
  test.each([['observed'], ['null'], ['missing']] as const)(
    'restores the configuration, and never a blank over a secret, redacted as %s',
    async (redaction) => {
      const tenant = await stage.newTenant(`without-${redaction}`);
      stage.sandbox.setBehaviour(tenant, { redaction });
      const versionId = await takenOf(tenant, { credentials: false });
      const good = stage.sandbox.tenant(tenant);
      stage.sandbox.changeTenant(tenant, change);
      const rotated = stage.sandbox.tenant(tenant);
      const report = await restored(tenant, versionId);
      expect(report).toMatchObject({ verdict: 'verified' });
      const record = await stage.clients.ledger.read('operations', tenant, report.operationId);
      expect(record?.document).toMatchObject({ request: { credentials: 'keep' } });
      const warnings = report.warnings.map(({ code }) => code);
      expect(warnings).toContain('BACKUP_LIMITED');
      // The deleted client gets another secret from SecureAuth.
      expect(warnings).toContain('CREDENTIALS_GENERATED');
      const expected = structuredClone(good);
      Object.assign(clientsIn(expected)['checkout'] ?? {}, {
        client_secret: (clientsIn(rotated)['checkout'] as JsonObject)['client_secret'],
      });
      const now = stage.sandbox.tenant(tenant);
      expect(differences(expected, now).every(isSecretOfPortal)).toBe(true);
      expect((clientsIn(now)['portal'] as JsonObject)['client_secret']).toMatch(/.{16}/);
    },
  );

  test('keeps a secret of which only SecureAuth knows that it is one', async () => {
    const tenant = await stage.newTenant('unknown-place');
    stage.sandbox.changeTenant(tenant, (live) => {
      Object.assign(clientsIn(live)['mobile-app'] ?? {}, {
        x_greeting: 'open the garden gate',
        x_colour: 'red',
      });
    });
    const masked = (clients: Clients): Clients => ({
      ...clients,
      ...withHub(clients, (hub) => ({
        exportTree: async (options) => {
          const exported = String(await hub.exportTree(options));
          return Buffer.from(
            options.withCredentials ? exported : exported.replaceAll('open the garden gate', ''),
          );
        },
      })),
    });
    const clients = masked(stage.clients);
    const versionId = await takenOf(tenant, { credentials: false }, clients);
    const good = stage.sandbox.tenant(tenant);
    stage.sandbox.changeTenant(tenant, (live) => {
      Object.assign(clientsIn(live)['mobile-app'] ?? {}, { x_colour: 'blue' });
    });
    expect(await restored(tenant, versionId, {}, clients)).toMatchObject({ verdict: 'verified' });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
  });

  test('is restored as its plan says, which leaves no choice of credentials open', async () => {
    const tenant = await stage.newTenant('planned-without');
    const versionId = await takenOf(tenant, { credentials: false });
    stage.sandbox.changeTenant(tenant, change);
    const made = await plan(parsePlanRequest({ tenant, versionId }, new Date()), stage.clients);
    expect(made).toMatchObject({ needsCredentialChoice: false, options: { credentials: 'keep' } });
    expect(made.warnings.map(({ code }) => code)).toContain('BACKUP_LIMITED');
    const request = parseRestoreRequest({ tenant, plan: made.planId }, new Date());
    expect(await restore(request, stage.clients)).toMatchObject({ verdict: 'verified' });
    expect((clientsIn(stage.sandbox.tenant(tenant))['checkout'] as JsonObject)['client_secret']).toMatch(
      /^rotated-/,
    );
  });

  test('is not the newest, and its tenant has none without another', async () => {
    const tenant = await stage.newTenant('only-limited');
    await takenOf(tenant, { credentials: false });
    expect(await rejectionOf(stage.restoring(tenant))).toMatchObject({ code: 'NO_BACKUP' });
    expect(stage.writesTo(tenant)).toEqual([]);
    const { versionId } = await stage.backUp(tenant);
    await takenOf(tenant, { credentials: false });
    expect(await stage.restoring(tenant)).toMatchObject({ backup: { versionId } });
  });
});

describe('a backup of a selection', () => {
  const CLIENTS = [{ resourceType: 'client', workspaces: ['customers'] }];

  test.each<[what: string, asked: object, kept: boolean]>([
    ['with credentials', { selection: CLIENTS }, false],
    ['without credentials', { selection: CLIENTS, credentials: false }, true],
  ])('restores and prunes what it selects, and nothing else, %s', async (what, asked, kept) => {
    const tenant = await stage.newTenant(`selection-${what.replaceAll(' ', '-')}`);
    const versionId = await takenOf(tenant, asked);
    const good = stage.sandbox.tenant(tenant);
    stage.sandbox.changeTenant(tenant, (live) => {
      change(live);
      clientsIn(live)['added'] = { client_name: 'Added', token_endpoint_auth_method: 'none' };
      Object.assign(at(live, 'servers', 'customers'), { name: 'Renamed' });
      clientsIn(live, 'workforce')['added'] = { client_name: 'Added', token_endpoint_auth_method: 'none' };
    });
    const expected = stage.sandbox.tenant(tenant);
    for (const id of ['mobile-app', 'checkout', 'portal']) {
      clientsIn(expected)[id] = structuredClone(clientsIn(good)[id]) as never;
    }
    if (kept) {
      Object.assign(clientsIn(expected)['checkout'] ?? {}, {
        client_secret: 'rotated-since-canary-of-at-least-32-characters',
      });
    }
    delete clientsIn(expected)['added'];
    expect(await restored(tenant, versionId, { prune: { expected: 1 } })).toMatchObject({
      verdict: 'verified',
      counts: { pruned: 1 },
    });
    const differing = differences(expected, stage.sandbox.tenant(tenant));
    expect(kept ? differing.filter((place) => !isSecretOfPortal(place)) : differing).toEqual([]);
  });

  test('is restored as its plan says', async () => {
    const tenant = await stage.newTenant('planned-selection');
    const versionId = await takenOf(tenant, { selection: CLIENTS });
    const good = stage.sandbox.tenant(tenant);
    stage.sandbox.changeTenant(tenant, (live) => {
      change(live);
      Object.assign(at(live, 'servers', 'customers'), { name: 'Renamed' });
    });
    const made = await plan(parsePlanRequest({ tenant, versionId, prune: true }, new Date()), stage.clients);
    expect(made.options.selection.include).toEqual([{ resourceType: 'client', workspaces: ['customers'] }]);
    expect(made.counts).toMatchObject({ updated: 2, created: 1 });
    const request = parseRestoreRequest({ tenant, plan: made.planId, credentials: 'restore' }, new Date());
    expect(await restore(request, stage.clients)).toMatchObject({ verdict: 'verified' });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual(['/servers/customers/name']);
  });

  test('goes into another tenant with the objects that it needs', async () => {
    const [tenant, other] = [await stage.newTenant('from-selection'), 'into-selection'];
    await stage.newTenant(other, { tree: { name: 'Other', servers: { main: { name: 'Main' } } } });
    const versionId = await takenOf(tenant, { selection: [{ resourceType: 'client', ids: ['portal'] }] });
    const report = await restored(tenant, versionId, { into: other, allowOtherSource: true });
    expect(report).toMatchObject({ verdict: 'verified' });
    const [from, into] = [stage.sandbox.tenant(tenant), stage.sandbox.tenant(other)];
    expect(clientsIn(into)['portal']).toMatchObject({
      client_name: (clientsIn(from)['portal'] as JsonObject)['client_name'],
    });
    const { name } = at(into, 'servers', 'customers');
    expect(name).toBe(at(from, 'servers', 'customers')['name']);
  });
});
