import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TenantBackupError } from '../../functions/errors.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { rejectionOf } from '../rejection.ts';
import { basic } from '../scripts/sandbox/support.ts';
import { at, differences, OWN_CLIENT, openStage, type Stage, withHub } from './stage.ts';

/** A restore never locks out its own client: what would is left out, and where the request insists, a new token proves the
 * access, or the tenant is put back. The sandbox enforces the settings, scripts and policies of the workspace. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

type Change = (system: Record<string, JsonObject>) => void;

const assigning =
  (members: object): Change =>
  (system) =>
    void Object.assign(system, members);

const scripting =
  (type: string, target: string): Change =>
  (system) => {
    Object.assign(system['scripts'] ?? {}, { failing: { name: 'Failing', body: 'throw new Error("no")' } });
    Object.assign(system['script_execution_points'] ?? {}, {
      [type]: { [target]: { script_id: 'failing' } },
    });
  };

const denying: Change = (system) => {
  Object.assign(system['policies'] ?? {}, {
    denying: { policy_name: 'Denying', type: 'machine', definition: 'default allow = false\n' },
  });
  Object.assign(system['policy_execution_points'] ?? {}, { server_machine_token: 'denying' });
};

/** Each state of the workspace `system` in which our client gets no token that works, and what must be left out. */
const LOCKOUTS: readonly [id: string, change: Change, place: string][] = [
  ['method', assigning({ token_endpoint_auth_methods: ['private_key_jwt'] }), 'token_endpoint_auth_methods'],
  ['grant', assigning({ grant_types: ['authorization_code'] }), 'grant_types'],
  ['lifetime', assigning({ access_token_ttl: '0s' }), 'access_token_ttl'],
  ['deactivated', assigning({ settings: { deactivated: true } }), 'settings'],
  ['all-scripts', scripting('token_minting', 'system'), 'script_execution_points/token_minting/system'],
  [
    'own-script',
    scripting('client_token_minting', 'tenant-backup'),
    'script_execution_points/client_token_minting/tenant-backup',
  ],
  ['policy', denying, 'policy_execution_points/server_machine_token'],
  [
    'script-body',
    (system) => void Object.assign(at(system as never, 'scripts', 'ours'), { body: 'throw 1' }),
    'scripts/ours',
  ],
  [
    'scope-policy',
    (system) => {
      denying(system);
      const { manage_configuration } = at(system as never, 'services', 'system-configuration', 'scopes');
      Object.assign(manage_configuration ?? {}, {
        policy_execution_points: { scope_machine_grant: 'denying' },
      });
      Object.assign(system, { policy_execution_points: {} });
    },
    'services/system-configuration/scopes/manage_configuration',
  ],
];

const change = (tenant: string, how: Change) =>
  stage.sandbox.changeTenant(tenant, (live) => how(at(live, 'servers', 'system')));

/** A script that runs for every token, and does no harm. */
const withScript: Change = (system) => {
  Object.assign(system['scripts'] ?? {}, {
    ours: { name: 'Ours', body: 'module.exports = async () => ({})' },
  });
  Object.assign(system['script_execution_points'] ?? {}, {
    token_minting: { system: { script_id: 'ours' } },
  });
};

/** A tenant whose newest backup would lock us out. The token of the first backup has made the second one. */
async function dangerous(id: string, lockout: Change, parts?: readonly string[]): Promise<JsonObject> {
  const tenant = await stage.newTenant(id);
  if (parts) await stage.changeEnrolment(id, { parts });
  if (lockout !== denying) change(tenant, withScript);
  const good = stage.sandbox.tenant(tenant);
  await stage.backUp(tenant);
  stage.sandbox.changeTenant(tenant, (live) => {
    lockout(at(live, 'servers', 'system'));
    at(live, 'servers', 'customers')['description'] = 'as in the backup' as never;
  });
  expect(await getsIn(tenant)).toBe(false);
  await stage.backUp(tenant, '2026-01-31T03:00:00Z');
  stage.sandbox.changeTenant(tenant, (live) => {
    for (const name of Object.keys(live)) delete (live as Record<string, unknown>)[name];
    Object.assign(live, structuredClone(good));
  });
  expect(await getsIn(tenant)).toBe(true);
  return good;
}

/** Tells whether our client gets new tokens for both scopes, and can use them. Without the product's own code. */
async function getsIn(tenant: string): Promise<boolean> {
  const own = at(stage.sandbox.tenant(tenant), 'servers', 'system', 'clients')['tenant-backup'];
  const authorization = basic('tenant-backup', String(own?.['client_secret']));
  for (const scope of ['manage_configuration', 'read_configuration']) {
    const response = await fetch(`${stage.sandbox.issuer(tenant)}/oauth2/token`, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    });
    const { access_token } = (await response.json()) as { access_token?: string };
    const used = await fetch(`${stage.sandbox.url}/api/system/${tenant}/configuration`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    if (!response.ok || !used.ok) return false;
    await used.arrayBuffer();
  }
  return true;
}

describe('a backup that would lock us out', () => {
  test.each(LOCKOUTS)('is restored but for that: %s', async (id, lockout, place) => {
    const tenant = `left-out-${id}`;
    await dangerous(tenant, lockout);
    const report = await stage.restoring(tenant);
    expect(report).toMatchObject({ verdict: 'verified' });
    expect(report.leftOut).toContain(OWN_CLIENT);
    expect(report.leftOut).toContain(`/servers/system/${place}`);
    expect(report.warnings).toContainEqual(expect.objectContaining({ code: 'OWN_ACCESS_KEPT' }));
    expect(at(stage.sandbox.tenant(tenant), 'servers', 'customers')['description']).toBe('as in the backup');
    expect(await getsIn(tenant)).toBe(true);
  });

  test.each(LOCKOUTS)('is put back where the request insists: %s', async (id, lockout) => {
    const tenant = `insisting-${id}`;
    const good = await dangerous(tenant, lockout);
    // A tenant that stays locked out is of no use, whatever onFailure says.
    const onFailure = id === 'grant' ? 'leave' : 'rollBack';
    const error = await rejectionOf(stage.restoring(tenant, { includeOwnClient: true, onFailure }));
    expect(error).toMatchObject({ code: 'LOCKED_OUT', facts: { outcome: 'rolledBack' } });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
    expect(await getsIn(tenant)).toBe(true);
  });

  test.each(LOCKOUTS.slice(0, 5))(
    'is restored but for that through the system API: %s',
    async (id, lockout) => {
      const tenant = `system-${id}`;
      await dangerous(tenant, lockout, ['system']);
      const report = await stage.restoring(tenant);
      expect(report).toMatchObject({ verdict: 'verified' });
      expect(report.warnings).toContainEqual(expect.objectContaining({ code: 'OWN_ACCESS_KEPT' }));
      expect(at(stage.sandbox.tenant(tenant), 'servers', 'customers')['description']).toBe(
        'as in the backup',
      );
      expect(await getsIn(tenant)).toBe(true);
    },
  );

  test('is put back through the system API where the request insists', async () => {
    const good = await dangerous('system-insisting', assigning({ grant_types: ['implicit'] }), ['system']);
    const error = await rejectionOf(stage.restoring('system-insisting', { includeOwnClient: true }));
    expect(error).toMatchObject({ code: 'LOCKED_OUT', facts: { outcome: 'rolledBack' } });
    expect(differences(good, stage.sandbox.tenant('system-insisting'))).toEqual([]);
  });
});

describe('our own secret', () => {
  test('that was rotated since is put back to the one that works', async () => {
    const { tenant } = await stage.backedUp('rotated');
    await stage.restoring(tenant);
    const own = (live: JsonObject) => at(live, 'servers', 'system', 'clients')['tenant-backup'] ?? {};
    const clientSecret = 'rotated-on-purpose-0123456789-0123456789';
    stage.sandbox.changeTenant(tenant, (live) =>
      Object.assign(own(live), { client_secret: clientSecret, rotated_secrets: [] }),
    );
    await stage.changeEnrolment(tenant, { clientSecret });
    const error = await rejectionOf(stage.restoring(tenant, { includeOwnClient: true }));
    expect(error).toMatchObject({ code: 'LOCKED_OUT', facts: { outcome: 'rolledBack' } });
    expect(own(stage.sandbox.tenant(tenant))['client_secret']).toBe(clientSecret);
    expect(await getsIn(tenant)).toBe(true);
  });
});

test('a client that is locked out already changes nothing', async () => {
  const { tenant } = await stage.backedUp('locked-before');
  await stage.restoring(tenant);
  change(tenant, assigning({ grant_types: ['authorization_code'] }));
  const writes = stage.writesTo(tenant).length;
  const error = await rejectionOf(stage.restoring(tenant));
  expect(error).toMatchObject({ code: 'AUTHENTICATION_REFUSED', facts: { outcome: 'untouched' } });
  expect(stage.writesTo(tenant)).toHaveLength(writes);
});

test('a roll back is proved with new tokens, too', async () => {
  const { tenant } = await stage.backedUp('locked-while-rolling-back');
  stage.damageBadly(tenant);
  let imports = 0;
  const hub = withHub(stage.clients, (real) => ({
    importTree: async (tree, options) => {
      imports++;
      await real.importTree(tree, options);
      // Somebody spoils the import; and while it is undone, the workspace.
      if (imports === 1) {
        stage.sandbox.changeTenant(tenant, (live) => Object.assign(live, { name: 'spoilt' }));
      } else {
        change(tenant, assigning({ token_endpoint_auth_methods: ['none'] }));
      }
    },
  }));
  const error = await rejectionOf(stage.restoring(tenant, {}, hub));
  expect(error).toBeInstanceOf(TenantBackupError);
  expect(error).toMatchObject({
    code: 'ROLLBACK_FAILED',
    facts: { outcome: 'unknown', causedBy: 'RESTORE_MISMATCH', rollback: 'LOCKED_OUT' },
  });
});

test('a patch of what our client needs is refused', async () => {
  const { tenant } = await stage.backedUp('patched-lockout');
  const document = { servers: { system: { grant_types: ['authorization_code'] } } };
  const request = { patch: { format: 'rfc7396', document } };
  const error = await rejectionOf(stage.restoring(tenant, request));
  expect(error).toMatchObject({
    code: 'INVALID_REQUEST',
    facts: { pointer: '/servers/system/grant_types' },
  });
});
