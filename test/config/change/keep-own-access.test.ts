import { describe, expect, it } from 'vitest';
import { planChanges } from '../../../functions/config/change/change-set.ts';
import { planDumpChanges } from '../../../functions/config/change/dump-change-set.ts';
import type { Json, JsonObject } from '../../../functions/config/json/json.ts';
import { dumpOf } from '../../../scripts/sandbox/state/dump/dump.ts';
import type { TenantState } from '../../../scripts/sandbox/state/tenants.ts';

/** Own lockout: a restore that verifies, and takes from the client what it needs to get its next token. Whatever decides about a
 * token stays as the tenant has it, in trees and in dumps; all else of the same workspace is restored. */

// biome-ignore lint/suspicious/noExplicitAny: a document of any shape
type Tree = any;

const OWN = 'tenant-backup';

/** A tenant whose client authenticates with a key, through a script, a policy and two scopes. */
const live = (): Tree => ({
  name: 'Acme',
  features: { tree_dump_tenant: { enabled: true }, passkeys: { enabled: true } },
  servers: {
    system: {
      name: 'System',
      grant_types: ['client_credentials'],
      token_endpoint_auth_methods: ['client_secret_basic', 'private_key_jwt'],
      token_endpoint_auth_signing_alg_values: ['ES256'],
      access_token_ttl: '1h0m0s',
      root_cas: 'PEM of the authority',
      enforce_pkce: false,
      settings: { deactivated: false },
      secret: 'canary-secret-of-the-workspace',
      clients: {
        [OWN]: {
          client_name: 'Tenant backup',
          scopes: ['manage_configuration', 'read_configuration'],
          policy_execution_points: { client_machine_token: 'ours' },
        },
        other: { client_name: 'Other', scopes: ['audit'] },
      },
      services: {
        configuration: {
          name: 'Configuration',
          scopes: {
            manage_configuration: { policy_execution_points: { scope_machine_grant: 'granting' } },
            audit: { description: 'read the audit log' },
          },
        },
      },
      scopes_without_service: { read_configuration: { description: 'read' } },
      scripts: { ours: { name: 'Ours', body: 'module.exports = async () => ({})' }, idle: { body: '1' } },
      script_execution_points: { token_minting: { system: { script_id: 'ours' } } },
      policies: {
        ours: { policy_name: 'Ours' },
        granting: { policy_name: 'Granting' },
        machines: { policy_name: 'Machines' },
        idle: { policy_name: 'Idle' },
      },
      policy_execution_points: { server_machine_token: 'machines' },
    },
    shop: {
      name: 'Shop',
      grant_types: ['authorization_code'],
      scripts: { ours: { body: 'of the shop' } },
      clients: { web: { client_name: 'Web', scopes: ['manage_configuration'] } },
    },
  },
});

/** The desired state, and what a plan must leave out of it: in a tree, in a dump. */
const LOCKOUTS: readonly [what: string, change: (tree: Tree) => void, tree: string, dump: string][] = [
  ...(
    [
      ['grant_types', ['authorization_code']],
      ['token_endpoint_auth_methods', ['client_secret_post']],
      ['token_endpoint_auth_signing_alg_values', ['RS256']],
      ['access_token_ttl', '0s'],
      ['root_cas', 'PEM of another authority'],
      ['enforce_pkce', true],
      ['enforce_certificates_of_next_year', true],
      ['settings', { deactivated: true }],
      ['profile', 'fapi_advanced'],
      ['trust_anchor_configuration', { jwks_uri: 'https://anchor.example' }],
    ] as const
  ).map(([name, value]): (typeof LOCKOUTS)[number] => [
    `the setting ${name}`,
    ({ servers: { system } }) => Object.assign(system, { [name]: value }),
    `/servers/system/${name}`,
    `/servers/system/${name}`,
  ]),
  [
    'a script on all tokens of the workspace',
    ({ servers: { system } }) => {
      system.script_execution_points.token_minting.system = { script_id: 'idle' };
    },
    '/servers/system/script_execution_points/token_minting/system',
    '/script_execution_points/system/token_minting~1system',
  ],
  [
    'a policy on all tokens of machines',
    ({ servers: { system } }) => {
      system.policy_execution_points.server_machine_token = 'idle';
    },
    '/servers/system/policy_execution_points/server_machine_token',
    '/policy_execution_points/system/server_machine_token~1system',
  ],
  [
    'the body of the script that runs for its tokens',
    ({ servers: { system } }) => {
      system.scripts.ours.body = 'throw 1';
    },
    '/servers/system/scripts/ours',
    '/scripts/system/ours',
  ],
  ...['ours', 'granting', 'machines'].map((id): (typeof LOCKOUTS)[number] => [
    `the policy ${id} that it is bound to`,
    ({ servers: { system } }) => {
      system.policies[id].definition = 'allow = false';
    },
    `/servers/system/policies/${id}`,
    `/policies/system/${id}`,
  ]),
  [
    'a scope of a service',
    ({ servers: { system } }) => {
      system.services.configuration.scopes.manage_configuration.description = 'changed';
    },
    '/servers/system/services/configuration/scopes/manage_configuration',
    '/scopes/system/configuration~1manage_configuration',
  ],
  [
    'a scope without a service',
    ({ servers: { system } }) => {
      system.scopes_without_service.read_configuration.description = 'changed';
    },
    '/servers/system/scopes_without_service/read_configuration',
    '/scopes_without_service/system/read_configuration',
  ],
  [
    'the feature of the hub',
    ({ features }) => {
      features.tree_dump_tenant.enabled = false;
    },
    '/features/tree_dump_tenant',
    '/feature_flags/tree_dump_tenant',
  ],
];

/** Changes of the same kinds that decide about none of its tokens. */
const HARMLESS: readonly [what: string, change: (tree: Tree) => void][] = [
  ...Object.entries({
    sso: { enabled: true },
    id_token_ttl: '5m0s',
    cookie_max_age: '1h0m0s',
    color: '#ffffff',
  }).map(([name, value]): (typeof HARMLESS)[number] => [
    `the setting ${name}`,
    ({ servers: { system } }) => Object.assign(system, { [name]: value }),
  ]),
  [
    'a policy on the tokens of people',
    ({ servers: { system } }) => Object.assign(system.policy_execution_points, { server_user_token: 'idle' }),
  ],
  ['the name of the workspace', ({ servers: { system } }) => Object.assign(system, { name: 'Renamed' })],
  ['its secret', ({ servers: { system } }) => Object.assign(system, { secret: 'canary-another-secret' })],
  [
    'another client',
    ({ servers: { system } }) => Object.assign(system.clients.other, { client_name: 'Old' }),
  ],
  ['another script', ({ servers: { system } }) => Object.assign(system.scripts.idle, { body: '2' })],
  ['another policy', ({ servers: { system } }) => Object.assign(system.policies.idle, { definition: 'x' })],
  [
    'another scope',
    ({ servers: { system } }) =>
      Object.assign(system.services.configuration.scopes.audit, { description: 'x' }),
  ],
  [
    'a script on the tokens of another client',
    ({ servers: { system } }) =>
      Object.assign(system.script_execution_points, {
        client_token_minting: { other: { script_id: 'idle' } },
      }),
  ],
  ['another feature', ({ features }) => Object.assign(features.passkeys, { enabled: false })],
  ['another workspace', ({ servers: { shop } }) => Object.assign(shop, { grant_types: ['implicit'] })],
  [
    'a script of the same name elsewhere',
    ({ servers: { shop } }) => Object.assign(shop.scripts.ours, { body: 'throw 1' }),
  ],
];

const changed = (change: (tree: Tree) => void): Tree => {
  const tree = live();
  change(tree);
  return tree;
};

const inDump = (tree: Tree): JsonObject => {
  const state: TenantState = { tree, beside: {}, identity: {}, ids: new Map() };
  return dumpOf('acme', state) as JsonObject;
};

const ofTree = (desired: Tree, ownClientId: string | undefined = OWN, prune = false) =>
  planChanges(desired as Json, live() as Json, {
    mode: 'update',
    credentials: 'restore',
    ownClientId,
    prune,
  });

const ofDump = (desired: Tree, ownClientId: string | undefined = OWN) =>
  planDumpChanges(inDump(desired), inDump(live()), { mode: 'update', ownClientId });

const keptIn = ({ warnings }: ReturnType<typeof ofTree>) =>
  warnings.filter(({ code }) => code === 'OWN_ACCESS_KEPT');

describe('what our client needs for its next token', () => {
  it.each(LOCKOUTS)('stays as it is: %s', (_, change, inTree, inDumps) => {
    const desired = changed(change);
    const tree = ofTree(desired);
    expect(tree).toMatchObject({ isEmpty: true, leftOut: [`/servers/system/clients/${OWN}`, inTree] });
    expect(tree.warnings).toMatchObject([{ code: 'OWN_ACCESS_KEPT', pointers: [inTree] }]);
    expect(tree.targetState).toEqual(live());
    expect(ofDump(desired)).toMatchObject({ isEmpty: true, kept: [inDumps] });
  });

  it.each(LOCKOUTS)('stays although the backup alone has it: %s', (_, change) => {
    // The tenant was cleaned since: what the backup has would be created.
    const tree = planChanges(live() as Json, changed(change) as Json, { mode: 'update', ownClientId: OWN });
    expect(tree).toMatchObject({ isEmpty: true });
    expect(tree.warnings).toMatchObject([{ code: 'OWN_ACCESS_KEPT' }]);
  });

  it.each(LOCKOUTS)('is restored where the request names it: %s', (_, change) => {
    const desired = changed(change);
    const options = { mode: 'update', credentials: 'restore' } as const;
    const tree = planChanges(desired as Json, live() as Json, options);
    expect(tree).toMatchObject({ isEmpty: false, leftOut: [] });
    expect(tree.targetState).toEqual(desired);
    expect(planDumpChanges(inDump(desired), inDump(live()), options)).toMatchObject({
      isEmpty: false,
      kept: [],
    });
  });

  it.each([
    ['script_execution_points', 'client_token_minting'],
    ['script_execution_points', 'token_minting'],
  ])('gets no %s of the type %s', (section, type) => {
    const desired = live();
    const target = type === 'token_minting' ? 'system' : OWN;
    const before = live();
    before.servers.system[section] = {};
    desired.servers.system[section] = { [type]: { [target]: { script_id: 'idle' } } };
    const place = `/servers/system/${section}/${type}/${target}`;
    const plan = planChanges(desired as Json, before as Json, { mode: 'update', ownClientId: OWN });
    expect(plan).toMatchObject({ isEmpty: true, leftOut: [expect.any(String), place] });
  });

  it('is not pruned', () => {
    const desired = live();
    const { system } = desired.servers;
    Object.assign(system, { services: {}, scopes_without_service: {}, scripts: {}, policies: {} });
    Object.assign(system, { script_execution_points: {}, policy_execution_points: {} });
    const plan = ofTree(desired, OWN, true);
    expect(plan.problems).toEqual([]);
    expect(plan.mergePatch).toEqual({
      servers: {
        system: {
          scripts: { idle: null },
          policies: { idle: null },
          services: { configuration: { scopes: { audit: null } } },
        },
      },
    });
  });

  it('is told of once, beside what is restored of the same settings', () => {
    const plan = ofTree(
      changed(({ servers: { system } }) =>
        Object.assign(system, { name: 'Renamed', grant_types: [], enforce_pkce: true }),
      ),
    );
    expect(keptIn(plan)).toMatchObject([{ message: expect.stringMatching(/^2 settings and objects/) }]);
    expect(plan.targetState).toEqual(
      changed(({ servers: { system } }) => Object.assign(system, { name: 'Renamed' })),
    );
  });

  it.each(HARMLESS)('is no more than that: %s is restored', (_, change) => {
    const desired = changed(change);
    const tree = ofTree(desired);
    expect(tree).toMatchObject({ isEmpty: false, leftOut: [`/servers/system/clients/${OWN}`] });
    expect(tree.targetState).toEqual(desired);
    expect(keptIn(tree)).toEqual([]);
    expect(ofDump(desired)).toMatchObject({ isEmpty: false, kept: [] });
  });

  it.each(['ignore', 'fail'] as const)('is not told of where the mode %s overwrites nothing', (mode) => {
    const desired = changed(({ servers: { system } }) => Object.assign(system, { grant_types: [] }));
    const plan = planChanges(desired as Json, live() as Json, { mode, ownClientId: OWN });
    expect(plan.leftOut).toEqual([`/servers/system/clients/${OWN}`]);
  });
});
