import { describe, expect, it } from 'vitest';
import { type PlanOptions, planChanges } from '../../functions/config/change/change-set.ts';
import { requirePossible } from '../../functions/config/change/require-possible.ts';
import { parseSelection } from '../../functions/config/select/selection.ts';
import type { Tree } from './arbitraries.ts';
import { failureOf } from './failure.ts';

const JWKS = (kid: string) => ({ keys: [{ kty: 'EC', kid, x: `x-${kid}`, d: `canary-${kid}` }] });

/** What a document holds beside the settings of the tenant and of its workspaces, which go along with what is in them. */
const withoutSettings = (document: unknown): Tree => {
  const { name: _, servers, ...objects } = document as Tree;
  const objectsIn = ({
    name: _,
    secret: __,
    subject_identifier_algorithm_salt: ___,
    jwks: ____,
    ...rest
  }: Tree) => rest;
  return {
    ...objects,
    ...(servers && {
      servers: Object.fromEntries(
        Object.entries<Tree>(servers).map(([id, server]) => [id, objectsIn(server)]),
      ),
    }),
  };
};

/** A tenant as its backup has it. */
const backup = (): Tree => ({
  name: 'Acme',
  pools: { people: { name: 'People' } },
  servers: {
    system: {
      name: 'System',
      secret: 'canary-system',
      clients: { backup: { client_name: 'Backup', client_secret: 'canary-own' } },
    },
    customers: {
      name: 'Customers',
      secret: 'canary-workspace',
      subject_identifier_algorithm_salt: 'canary-salt',
      jwks: JWKS('first'),
      clients: {
        portal: {
          client_name: 'Portal',
          client_secret: 'canary-portal',
          scopes: ['orders.read'],
          policy_execution_points: { client_user_token: 'adults' },
        },
      },
      services: { orders: { name: 'Orders', scopes: { 'orders.read': { description: 'read' } } } },
      policies: { adults: { policy_name: 'Adults' } },
      idps: {
        corporate: {
          name: 'Corporate',
          identity_pool_id: 'people',
          credentials: { oidc: { client_secret: 'canary-upstream' } },
        },
      },
    },
  },
});

const changed = (apply: (tree: Tree) => void): Tree => {
  const tree = backup();
  apply(tree);
  return tree;
};

const plan = (desired: Tree, live: Tree, options: Partial<PlanOptions> = {}) =>
  planChanges(desired, live, { mode: 'update', ...options });

const kinds = (result: ReturnType<typeof plan>) =>
  Object.fromEntries(
    result.changes.filter(({ kind }) => kind !== 'unchanged').map(({ pointer, kind }) => [pointer, kind]),
  );

const CUSTOMERS = '/servers/customers';
const PORTAL = `${CUSTOMERS}/clients/portal`;

describe('planChanges', () => {
  it('sends nothing but what differs, and settings of a workspace only if they do', () => {
    const live = changed((tree) => {
      delete tree.servers.customers.policies.adults;
    });
    const { document, counts } = plan(backup(), live);
    expect(withoutSettings(document)).toEqual({
      servers: { customers: { policies: { adults: { policy_name: 'Adults' } } } },
    });
    expect(counts).toMatchObject({ created: 1 });
  });

  it('sends the settings of a workspace whole if they differ, credentials included', () => {
    const live = changed((tree) => {
      tree.servers.customers.name = 'Cutsomers';
    });
    const { document, changes } = plan(backup(), live);
    expect((document as Tree).servers).toEqual({
      customers: {
        name: 'Customers',
        secret: 'canary-workspace',
        subject_identifier_algorithm_salt: 'canary-salt',
        jwks: JWKS('first'),
      },
    });
    expect(changes.find(({ kind }) => kind === 'updated')).toEqual({
      type: 'server',
      id: 'customers',
      pointer: CUSTOMERS,
      name: 'Customers',
      kind: 'updated',
      isDependency: false,
      properties: [{ pointer: `${CUSTOMERS}/name`, old: 'Cutsomers', new: 'Customers', secret: false }],
    });
  });

  it('sends a service with all that it holds, what only the live one has included', () => {
    const live = changed((tree) => {
      tree.servers.customers.services.orders.scopes = {
        'orders.read': { description: 'changed' },
        'orders.write': { description: 'new' },
      };
    });
    const { document, targetState } = plan(backup(), live);
    const scopes = { 'orders.read': { description: 'read' }, 'orders.write': { description: 'new' } };
    expect(withoutSettings(document)).toEqual({
      servers: { customers: { services: { orders: { name: 'Orders', scopes } } } },
    });
    expect((targetState as Tree).servers.customers.services.orders.scopes).toEqual(scopes);
  });

  it.each<[mode: PlanOptions['mode'], kind: string, isEmpty: boolean, problems: number]>([
    ['update', 'updated', false, 0],
    ['ignore', 'kept', true, 0],
    ['fail', 'kept', true, 1],
  ])('with mode %s, an object that differs is %s', (mode, kind, isEmpty, problems) => {
    const live = changed((tree) => {
      tree.servers.customers.clients.portal.client_name = 'Protal';
    });
    const selection = parseSelection([{ resourceType: 'clients', ids: ['portal'] }]);
    const result = plan(backup(), live, { mode, selection });
    expect(kinds(result)).toEqual({ [PORTAL]: kind });
    expect(result).toMatchObject({ isEmpty });
    expect(result.problems.filter(({ code }) => code === 'CONFLICT')).toHaveLength(problems);
  });

  it('prunes extras of the selection alone, and what holds others only with them', () => {
    const live = changed((tree) => {
      tree.servers.customers.clients.intruder = { client_name: 'Intruder' };
      tree.servers.customers.policies.other = { policy_name: 'Other' };
      tree.servers.trial = { name: 'Trial', clients: { tester: { client_name: 'Tester' } } };
    });
    const clients = plan(backup(), live, {
      prune: true,
      selection: parseSelection([{ resourceType: 'clients' }, { resourceType: 'servers' }]),
    });
    expect(clients.mergePatch).toEqual({
      servers: { customers: { clients: { intruder: null } }, trial: null },
    });
    expect(clients.document).toBeNull();
    const settings = plan(backup(), live, {
      prune: true,
      selection: parseSelection([{ resourceType: 'servers' }]),
    });
    expect(settings.mergePatch).toBeNull();
    expect(kinds(settings)).toEqual({ '/servers/trial': 'extra' });
    expect(settings.warnings).toMatchObject([{ code: 'NOT_PRUNED', pointers: ['/servers/trial'] }]);
    expect(plan(backup(), live).mergePatch).toBeNull();
  });

  it('never prunes what every tenant has, nor the client that we authenticate with', () => {
    const desired = { name: 'Acme', servers: {} };
    const result = plan(desired, backup(), { prune: true, ownClientId: 'backup' });
    const { servers } = result.targetState as Tree;
    expect(servers).toEqual({ system: backup().servers.system });
    expect(result.leftOut).toEqual(['/servers/system/clients/backup']);
  });

  it('leaves our own client as it is, where it is listed and where it is embedded', () => {
    const live = changed((tree) => {
      tree.servers.system.clients.backup.client_secret = 'canary-rotated';
      tree.servers.customers.custom_apps = {
        byId: { name: 'A', client: { client_id: 'backup' } },
        bySecret: { name: 'B', client: { client_name: 'Backup', client_secret: 'canary-rotated' } },
        other: { name: 'C', client: { client_id: 'another', client_secret: 'canary-another' } },
      };
    });
    const result = plan(backup(), live, { ownClientId: 'backup', prune: true });
    expect(kinds(result)).toEqual({ [`${CUSTOMERS}/custom_apps/other`]: 'pruned' });
    expect(result).toMatchObject({ needsCredentialChoice: false, document: null });
  });
});

describe('credentials', () => {
  const rotated = () =>
    changed((tree) => {
      tree.servers.customers.clients.portal.client_secret = 'canary-rotated';
      tree.servers.customers.clients.portal.rotated_secrets = ['canary-portal'];
      tree.servers.customers.jwks = JWKS('second');
      tree.servers.customers.name = 'Renamed';
    });

  it('have to be chosen where both sides have some that differ', () => {
    const result = plan(backup(), rotated());
    expect(result.needsCredentialChoice).toBe(true);
    expect(result.credentialsDiffering.toSorted()).toEqual([
      `${PORTAL}/client_secret`,
      `${PORTAL}/rotated_secrets`,
      `${CUSTOMERS}/jwks`,
    ]);
    expect(failureOf(() => requirePossible(result)).code).toBe('CREDENTIALS_CHOICE');
    expect(JSON.stringify(result.changes)).not.toContain('canary');
  });

  it('stay as they are if they are kept, key sets as a whole', () => {
    const { document, counts, needsCredentialChoice } = plan(backup(), rotated(), { credentials: 'keep' });
    expect((document as Tree).servers).toEqual({
      customers: {
        name: 'Customers',
        secret: 'canary-workspace',
        subject_identifier_algorithm_salt: 'canary-salt',
        jwks: JWKS('second'),
      },
    });
    expect(counts).toMatchObject({ updated: 1 });
    expect(needsCredentialChoice).toBe(false);
  });

  it.each([
    ['kept', 'keep', 'canary-new'],
    ['restored', 'restore', 'canary-old'],
  ] as const)('in an element of a list that changes beside them are %s', (_, credentials, expected) => {
    const tree = (url: string, key: string): Tree => ({
      servers: {
        customers: { clients: { portal: { client_id: 'portal', metadata: { links: [{ url, key }] } } } },
      },
    });
    const place = '/servers/customers/clients/portal/metadata/links/0/key';
    const { targetState } = planChanges(tree('old', 'canary-old'), tree('new', 'canary-new'), {
      mode: 'update',
      credentials,
      secretPointers: [place],
    });
    expect(targetState).toEqual(tree('old', expected));
  });

  it('are those of the backup if they are restored, its blanks included', () => {
    const { document } = plan(backup(), rotated(), { credentials: 'restore' });
    const { customers } = (document as Tree).servers;
    expect(customers.jwks).toEqual(JWKS('first'));
    expect(customers.clients.portal).toEqual(backup().servers.customers.clients.portal);
  });

  it('of objects that are made anew are those of the backup, also if others are kept', () => {
    const live = changed((tree) => {
      delete tree.servers.customers.clients.portal;
    });
    const { document } = plan(backup(), live, { credentials: 'keep' });
    expect((document as Tree).servers.customers.clients.portal.client_secret).toBe('canary-portal');
  });

  it.each(['restore', 'keep', undefined] as const)(
    'are never overwritten by the blanks of a redacted document (%s)',
    (credentials) => {
      const redacted = changed((tree) => {
        const { customers } = tree.servers;
        Object.assign(customers, { secret: '', subject_identifier_algorithm_salt: '', jwks: { keys: null } });
        customers.name = 'Renamed';
        Object.assign(customers.clients.portal, { client_secret: '', client_name: 'Renamed' });
        Object.assign(customers.idps.corporate, { credentials: null, name: 'Renamed' });
      });
      const result = plan(redacted, backup(), { credentials });
      expect((result.document as Tree).servers).toEqual({
        customers: {
          name: 'Renamed',
          secret: 'canary-workspace',
          subject_identifier_algorithm_salt: 'canary-salt',
          jwks: JWKS('first'),
          clients: { portal: { ...backup().servers.customers.clients.portal, client_name: 'Renamed' } },
          idps: { corporate: { ...backup().servers.customers.idps.corporate, name: 'Renamed' } },
        },
      });
      expect(result.needsCredentialChoice).toBe(false);
      expect(result.warnings).toMatchObject([{ code: 'CREDENTIALS_FILLED' }]);
    },
  );

  it('that were revoked do not come back when they are kept', () => {
    const old = changed((tree) => {
      tree.servers.customers.clients.portal.rotated_secrets = ['canary-revoked'];
    });
    const { document } = plan(old, backup(), { credentials: 'keep' });
    expect(document).toBeNull();
  });

  it('that nobody shows are told to be made up', () => {
    const desired = changed((tree) => {
      tree.servers.customers.clients.portal.client_secret = '';
    });
    const live = changed((tree) => {
      delete tree.servers.customers.clients.portal;
    });
    expect(plan(desired, live)).toMatchObject({
      generatedCredentials: [`${PORTAL}/client_secret`],
      warnings: [{ code: 'CREDENTIALS_GENERATED' }],
    });
  });
});

describe('dependencies', () => {
  const bare = () =>
    changed((tree) => {
      delete tree.servers.customers;
      delete tree.pools;
    });

  it('are added where the tenant lacks them: what an object lies in, and what it names, with what that holds', () => {
    const selection = parseSelection([{ resourceType: 'clients', ids: ['portal'] }]);
    const result = plan(backup(), bare(), { selection });
    expect(result.dependencies.added.toSorted()).toEqual([
      CUSTOMERS,
      `${CUSTOMERS}/policies/adults`,
      `${CUSTOMERS}/services/orders`,
      `${CUSTOMERS}/services/orders/scopes/orders.read`,
    ]);
    expect(result.problems).toEqual([]);
    expect(Object.keys((result.document as Tree).servers.customers)).not.toContain('idps');
    expect(result.warnings).toMatchObject([{ code: 'DEPENDENCY_ADDED' }]);
  });

  it('are left alone where the tenant has them, whatever they are like', () => {
    const live = changed((tree) => {
      delete tree.servers.customers.clients.portal;
      tree.servers.customers.policies.adults = { policy_name: 'Another' };
    });
    const selection = parseSelection([{ resourceType: 'clients' }]);
    const result = plan(backup(), live, { selection });
    expect(kinds(result)).toEqual({ [PORTAL]: 'created' });
    expect(result.dependencies).toEqual({ added: [], missing: [] });
  });

  it('are only told if it is asked for, and what cannot do without them is no change', () => {
    const include = [{ resourceType: 'clients', ids: ['portal'] }, { resourceType: 'idps' }];
    const selection = parseSelection({ include, dependencies: 'report' });
    const result = plan(backup(), bare(), { selection });
    expect(result.dependencies.added).toEqual([]);
    expect(result.problems.map(({ code, pointer }) => [code, pointer])).toEqual([
      ['OWNER_MISSING', PORTAL],
      ['OWNER_MISSING', `${CUSTOMERS}/idps/corporate`],
      ['DANGLING_REFERENCE', `${PORTAL}/policy_execution_points/client_user_token`],
      ['POOL_MISSING', `${CUSTOMERS}/idps/corporate/identity_pool_id`],
    ]);
    expect(kinds(result)).toEqual({
      [PORTAL]: 'notRestorable',
      [`${CUSTOMERS}/idps/corporate`]: 'notRestorable',
    });
    expect(failureOf(() => requirePossible(result)).message).toBe(
      'client portal lies in /servers/customers, which the tenant lacks and the selection leaves out (/servers/customers/clients/portal), and 3 more problems',
    );
  });

  it('that are excluded are not added', () => {
    const selection = parseSelection({
      include: [{ resourceType: 'clients', ids: ['portal'] }],
      exclude: [{ resourceType: 'policies' }],
    });
    const live = changed((tree) => {
      delete tree.servers.customers.clients.portal;
      delete tree.servers.customers.policies.adults;
    });
    expect(plan(backup(), live, { selection }).problems).toMatchObject([{ code: 'DANGLING_REFERENCE' }]);
  });

  it('of objects that stay are not pruned without a word', () => {
    const live = changed((tree) => {
      tree.servers.customers.policies.extra = { policy_name: 'Extra' };
      tree.servers.customers.clients.portal.policy_execution_points.client_user_token = 'extra';
    });
    const selection = parseSelection([{ resourceType: 'policies' }]);
    expect(plan(backup(), live, { selection, prune: true }).problems).toMatchObject([
      { code: 'DANGLING_REFERENCE', pointer: `${PORTAL}/policy_execution_points/client_user_token` },
    ]);
  });

  it('that were missing before are no problem of a plan that does not touch what names them', () => {
    const broken = (tree: Tree) => {
      tree.servers.customers.idps.corporate.identity_pool_id = 'nobody';
    };
    const live = changed((tree) => {
      broken(tree);
      delete tree.servers.customers.clients.portal;
    });
    expect(plan(changed(broken), live, { prune: true }).problems).toEqual([]);
  });
});
