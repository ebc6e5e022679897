import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSelection } from '../../../functions/config/select/selection.ts';
import { partOf } from '../../../functions/restore/parts/parts.ts';
import { isVerified } from '../../../functions/restore/parts/verification.ts';
import { damage } from '../../../scripts/demo/damage.ts';
import { AUTOMATION_CLIENT_ID } from '../../../scripts/demo/tenants.ts';
import type { Json, JsonObject } from '../../../scripts/sandbox/json.ts';
import { BEHAVIOURS } from '../behaviours.ts';
import { at, differences } from '../stage.ts';
import { type BackedUp, openPartStage, type PartStage, type Restored, without, write } from './part-stage.ts';

/** Where two states differ in more than what was never set: a server may write out `false`, 0 and nothing, or leave it out. */
const meaningful = (one: unknown, other: unknown): string[] =>
  differences(withoutBlanks(without(one)) as JsonObject, withoutBlanks(without(other)) as JsonObject);

function withoutBlanks(value: Json): Json | undefined {
  if (Array.isArray(value)) return value.map((each) => withoutBlanks(each) ?? null);
  if (typeof value !== 'object' || value === null) return value || undefined;
  const members = Object.entries(value).flatMap(([name, inner]): [string, Json][] => {
    const shown = withoutBlanks(inner);
    return shown === undefined ? [] : [[name, shown]];
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

/** The restores of each part under each way in which SecureAuth may treat what a document lacks. What a restore sends by default is
 * right under all of them; `changes` rests on a probe, see `settle-sending`. */

describe.each(BEHAVIOURS)('where SecureAuth %s', (_, behaviour) => {
  let stage: PartStage;
  beforeAll(async () => {
    stage = await openPartStage(behaviour);
  });
  afterAll(() => stage.close());

  const change = ({ id }: BackedUp, apply: (tree: JsonObject) => void) =>
    stage.sandbox.changeTenant(id, apply);

  /** Everything is as in the backup, value by value. */
  async function expectGood(tenant: BackedUp): Promise<void> {
    expect(meaningful(tenant.good, await tenant.exported())).toEqual([]);
  }

  const DAMAGES: readonly (readonly [what: string, apply: (tree: JsonObject) => void])[] = [
    ['much damage', (tree) => void damage(tree, AUTOMATION_CLIENT_ID)],
    ['a lost workspace', (tree) => void delete at(tree, 'servers')['partners']],
    [
      'changed settings of the tenant and of a workspace',
      (tree) => {
        Object.assign(tree, { name: 'Renamed' });
        Object.assign(at(tree, 'servers', 'customers'), { description: 'Changed', access_token_ttl: '1m0s' });
      },
    ],
    [
      'lost schemas, themes, scripts and identity providers',
      (tree) => {
        Object.assign(tree, { themes: {}, mfa_methods: {} });
        Object.assign(at(tree, 'servers', 'workforce'), {
          scripts: {},
          script_execution_points: {},
          idps: {},
        });
      },
    ],
    [
      'an empty tenant',
      (tree) => {
        for (const name of Object.keys(at(tree, 'servers')))
          if (name !== 'system') delete at(tree, 'servers')[name];
      },
    ],
    [
      'an object whose members are gone',
      (tree) => {
        const clients = at(tree, 'servers', 'customers', 'clients');
        const { client_name, client_secret } = clients['portal'] as JsonObject;
        clients['portal'] = { client_name, client_secret } as JsonObject;
      },
    ],
  ];

  describe.each(['everything', 'patch'] as const)('a restore that sends %s', (send) => {
    test.each(DAMAGES)('repairs %s', async (_what, apply) => {
      const tenant = await stage.backedUp('hub');
      change(tenant, apply);
      expectVerified(await tenant.restored({ send }));
      await expectGood(tenant);
    });

    test('changes nothing where nothing is damaged', async () => {
      const tenant = await stage.backedUp('hub');
      const restored = await tenant.restored({ send });
      expect(restored.planned.changes).toMatchObject({ isEmpty: true });
      expectVerified(restored);
      await expectGood(tenant);
    });

    test('restores one client, and leaves all else as it is', async () => {
      const tenant = await stage.backedUp('hub');
      change(tenant, (tree) => void damage(tree, AUTOMATION_CLIENT_ID));
      const damaged = stage.sandbox.tenant(tenant.id);
      const selection = parseSelection([
        { resourceType: 'client', workspaces: ['customers'], ids: ['portal'] },
      ]);
      expectVerified(await tenant.restored({ send, selection }));
      const places = meaningful(damaged, stage.sandbox.tenant(tenant.id));
      expect(places.filter((place) => !place.startsWith('/servers/customers/clients/portal'))).toEqual([]);
    });

    test('deletes what was added, where it is to', async () => {
      const tenant = await stage.backedUp('hub');
      change(tenant, (tree) => {
        at(tree, 'servers', 'partners', 'policies')['added'] = { policy_name: 'Added', type: 'user' };
        at(tree, 'servers')['added'] = { name: 'Added' } as never;
      });
      expectVerified(await tenant.restored({ send, prune: 'all' }));
      await expectGood(tenant);
    });

    test('keeps what was added, where it is not to delete', async () => {
      const tenant = await stage.backedUp('hub');
      change(tenant, (tree) => {
        at(tree, 'servers', 'partners', 'policies')['added'] = { policy_name: 'Added', type: 'user' };
        delete at(tree, 'servers', 'partners', 'clients')['data-feed'];
      });
      expectVerified(await tenant.restored({ send }));
      const places = meaningful(tenant.good, stage.sandbox.tenant(tenant.id));
      expect(places).toEqual(['/servers/partners/policies/added']);
    });

    test('keeps the credentials of now, where it is to', async () => {
      const tenant = await stage.backedUp('hub');
      const secret = 'rotated-on-purpose-0123456789-0123456789';
      change(tenant, (tree) => {
        Object.assign(at(tree, 'servers', 'customers', 'clients', 'portal'), {
          client_secret: secret,
          client_name: 'x',
        });
      });
      expectVerified(await tenant.restored({ send, credentials: 'keep' }));
      const { clients } = at(stage.sandbox.tenant(tenant.id), 'servers', 'customers');
      expect(clients?.['portal']).toMatchObject({ client_secret: secret, client_name: 'Customer portal' });
    });

    test('is undone, half-way or whole', async () => {
      const tenant = await stage.backedUp('hub');
      change(tenant, (tree) => void damage(tree, AUTOMATION_CLIENT_ID));
      const before = await tenant.exported();
      const { planned } = await tenant.restored({ send });
      const undo = partOf(planned.target).planUndo(planned, await tenant.exported(), before);
      await write(undo, tenant.apis);
      const now = await tenant.exported();
      expect(partOf(undo.target).verify(undo, now)).toMatchObject({ differences: [], lost: [] });
      expect(meaningful(before, now)).toEqual([]);
    });
  });

  test('a restore of listed workspaces writes to them alone', async () => {
    const tenant = await stage.backedUp('hub');
    change(tenant, (tree) => {
      delete at(tree, 'servers', 'customers', 'clients')['portal'];
      delete at(tree, 'servers', 'partners', 'clients')['data-feed'];
    });
    const selection = parseSelection([{ workspaces: ['customers'] }]);
    expectVerified(await tenant.restored({ selection }, ['customers']));
    const places = meaningful(tenant.good, await tenant.exported());
    expect(places).toEqual(['/servers/partners/clients/data-feed']);
  });

  test('a restore that overwrites nothing creates what is missing', async () => {
    const tenant = await stage.backedUp('hub');
    change(tenant, (tree) => {
      delete at(tree, 'servers', 'customers', 'clients')['portal'];
      Object.assign(at(tree, 'servers', 'customers', 'clients', 'mobile-app'), { client_name: 'Kept' });
    });
    expectVerified(await tenant.restored({ mode: 'ignore' }));
    const places = meaningful(tenant.good, await tenant.exported());
    expect(places).toEqual(['/servers/customers/clients/mobile-app/client_name']);
  });

  test.each(['changes', 'everything'] as const)(
    'ACRs, roles and vanity domains are brought back by %s of a dump',
    async (send) => {
      const tenant = await damagedSystem(stage);
      expectVerified(await tenant.restored({ send }));
      await expectSameLists(tenant, SYSTEM_LISTS);
    },
  );

  test('people are brought back', async () => {
    const tenant = await stage.backedUp('identity');
    const remove = ['codes', 'group_members', 'user_verifiable_addresses'].map((list) => ({
      op: 'remove',
      path: `/${list}/0`,
    }));
    await tenant.patch([...remove, { op: 'replace', path: '/users/0/status', value: 'inactive' }]);
    expectVerified(await tenant.restored());
    await expectSameLists(tenant, [
      'users',
      'user_credentials',
      'user_verifiable_addresses',
      'group_members',
    ]);
  });
});

test('where an import replaces the key set of a workspace that it changes, nothing but the keys is said to differ', async () => {
  const stage = await openPartStage({ keySets: 'replace' });
  const tenant = await stage.backedUp('hub');
  stage.sandbox.changeTenant(tenant.id, (tree) => void damage(tree, AUTOMATION_CLIENT_ID));
  const { verification } = await tenant.restored();
  await stage.close();
  expect(isVerified(verification)).toBe(false);
  const places = verification.differences.flatMap(({ properties }) =>
    properties.map(({ pointer }) => pointer),
  );
  expect(places.length).toBeGreaterThan(0);
  expect(places.filter((place) => !place.startsWith('/servers/customers/jwks/'))).toEqual([]);
});

describe('where an import of a dump deletes what it lacks', () => {
  let stage: PartStage;
  beforeAll(async () => {
    stage = await openPartStage({ absentOnDumpImport: 'delete' });
  });
  afterAll(() => stage.close());

  test('the whole dump brings ACRs, roles and vanity domains back, and everything else stays', async () => {
    const tenant = await damagedSystem(stage);
    expectVerified(await tenant.restored({ send: 'everything' }));
    await expectSameLists(tenant, [...SYSTEM_LISTS, 'servers', 'idps', 'consents', 'recurring_jobs']);
  });

  test('an undo of it puts the state before back', async () => {
    const tenant = await damagedSystem(stage);
    const before = await tenant.exported();
    const { planned } = await tenant.restored({ send: 'everything' });
    const undo = partOf(planned.target).planUndo(planned, await tenant.exported(), before);
    await write(undo, tenant.apis);
    expect(meaningful(before, await tenant.exported())).toEqual([]);
  });

  test('what happened at runtime, and schedules that stay as they are, are not in it', async () => {
    const tenant = await damagedSystem(stage);
    const { planned } = await tenant.restored({ send: 'everything' });
    const { part, target, live } = { ...planned, part: partOf(planned.target) };
    const rotation = {
      tenant_id: tenant.id,
      server_id: 'customers',
      use: 'sig',
      cron: '@monthly',
      enabled: true,
    };
    const more = {
      audit_events: [{ id: 'event', tenant_id: tenant.id }],
      automatic_key_rotations: [rotation],
    };
    const damaged = { ...(live as object), ...more };
    const [first] = part.writesOf(part.planChanges(target, damaged as never), undefined);
    const { sent } = first as unknown as { sent: { dump: JsonObject } };
    expect(Object.keys(sent.dump)).toEqual(expect.arrayContaining(['acrs', 'clients', 'servers', 'tenant']));
    for (const list of Object.keys(more)) expect(sent.dump).not.toHaveProperty(list);
  });
});

const SYSTEM_LISTS = ['acrs', 'roles', 'vanity_domains', 'secrets', 'clients'];

async function damagedSystem(stage: PartStage): Promise<BackedUp> {
  const tenant = await stage.backedUp('system');
  await tenant.patch([
    { op: 'remove', path: '/roles/1' },
    { op: 'remove', path: '/acrs/2' },
    { op: 'replace', path: '/acrs/0/disabled', value: true },
    { op: 'replace', path: '/vanity_domains/0/key', value: 'another-key-0123456789' },
  ]);
  return tenant;
}

function expectVerified({ verification }: Restored): void {
  expect([verification.differences, verification.lost, verification.outside.differences]).toEqual([
    [],
    [],
    [],
  ]);
  expect(isVerified(verification)).toBe(true);
}

async function expectSameLists(tenant: BackedUp, lists: readonly string[]): Promise<void> {
  const [good, now] = [tenant.good, await tenant.exported()].map(
    (state) => without(state) as Record<string, object[]>,
  );
  const sorted = (list: object[] = []) => list.map((each) => JSON.stringify(each)).toSorted();
  for (const list of lists) expect([list, sorted(now?.[list])]).toEqual([list, sorted(good?.[list])]);
}
