import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../functions/config/json/json.ts';
import { isOfWorkspaces, needingMore } from '../../functions/drill/needing-more.ts';
import { restoringOf } from '../../functions/drill/scratch-operations.ts';
import { hubPart } from '../../functions/restore/parts/hub-part.ts';
import { isVerified } from '../../functions/restore/parts/verification.ts';
import type { HubTarget } from '../../functions/restore/source/restore-plan.ts';
import { parseEnrolment } from '../../functions/tenant/enrolment/enrolment.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';

const SCRATCH = parseEnrolment(
  JSON.stringify({ issuer: 'https://eu.example/scratch/system', clientId: 'drill', clientSecret: 'x' }),
  'scratch',
);
/** The scratch tenant, after it was emptied. */
const EMPTIED: JsonObject = {
  name: 'Scratch',
  servers: { system: { name: 'System', clients: { drill: { client_name: 'Drill' } } } },
};

const servers = (tenant: number) =>
  demoTenants()[tenant]?.tree['servers'] as Readonly<Record<string, JsonObject>>;
const workspaces = [0, 1].flatMap((tenant) =>
  Object.keys(servers(tenant)).flatMap((id): [string, number][] =>
    ['system', 'admin', 'developer'].includes(id) ? [] : [[id, tenant]],
  ),
);

/** Plans the drill of a backup of workspaces, as the function does. */
function planned(tree: JsonObject) {
  const reference = { tenant: 'acme', tier: 'daily', versionId: 'v', backupId: 'b', storedAt: '' } as const;
  const source = { reference, tree, secretPointers: [], leaveOut: needingMore(tree), warnings: [] };
  const { targets } = restoringOf(SCRATCH, 'operation', {
    ...source,
    beside: null,
    transform: {} as never,
    notDrilled: [],
  });
  return hubPart.planChanges(targets[0] as HubTarget, EMPTIED);
}

describe.each(workspaces)('the backup of workspace %s of tenant %i', (id, tenant) => {
  const tree: JsonObject = { servers: { [id]: servers(tenant)[id] as Json } };

  test('can be restored into an empty tenant, but for what needs more', () => {
    const changes = planned(tree);
    expect(changes.changes.problems).toEqual([]);
    expect(() => hubPart.requireWritable(changes)).not.toThrow();
    expect(isVerified(hubPart.verify(changes, changes.changes.targetState as Json))).toBe(true);
    expect(changes.creates.length).toBeGreaterThan(10);
  });
});

describe('an object needs more', () => {
  const of = (workspace: JsonObject): JsonObject => ({ servers: { shop: { name: 'Shop', ...workspace } } });
  test.each<[what: string, workspace: JsonObject, pointers: string[]]>([
    ['than there is', { idps: { a: { identity_pool_id: 'gone' } } }, ['/servers/shop/idps/a']],
    [
      'for provisioning',
      { idps: { a: { jit: { provisioning: { pool_id: 'gone' } } } } },
      ['/servers/shop/idps/a'],
    ],
    ['for its theme', { theme_binding: { theme_id: 'gone' } }, ['/servers/shop/theme_binding']],
    [
      'as it needs another that does',
      {
        custom_apps: {},
        gateways: { g: { token_exchange: { trusted_idp_ids: ['a'] } } },
        idps: { a: { identity_pool_id: 'gone' } },
      },
      ['/servers/shop/idps/a'],
    ],
    [
      'unless the workspace holds it',
      { idps: { a: { identity_pool_id: 'p' } }, pools: { p: { name: 'P' } } },
      [],
    ],
    ['unless it names nothing', { clients: { web: { client_name: 'Web' } } }, []],
  ])('%s', (_, workspace, pointers) => {
    expect(needingMore(of(workspace))).toEqual(expect.arrayContaining(pointers));
    if (pointers.length === 0) expect(needingMore(of(workspace))).toEqual([]);
  });
});

test('a whole tenant is no tree of workspaces', () => {
  expect(isOfWorkspaces({ servers: {} })).toBe(true);
  expect(isOfWorkspaces({ name: 'T', servers: {} })).toBe(false);
});
