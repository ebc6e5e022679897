import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dumpParts } from '../../../functions/config/export/dump-parts.ts';
import { exportParts } from '../../../functions/config/export/export-parts.ts';
import { stringifyJson } from '../../../functions/config/json/json.ts';
import { createDumpReferenceCheck } from '../../../functions/config/references/dump-references.ts';
import { shuffled, systemDump } from '../any-dump.ts';
import { type Tree, tenant } from '../arbitraries.ts';
import { type ConsistentTenant, consistentTenant, withoutMember } from '../consistent-tenant.ts';
import { danglingOf } from '../dangling.ts';

const bytesOf = (document: unknown): Buffer => Buffer.from(stringifyJson(document as never));
const piecewise = (tree: Tree) => exportParts(bytesOf(tree), bytesOf(tree)).references;
const whole = (tree: Tree) => {
  const dangling = danglingOf(tree);
  const count = (severity: string) => dangling.filter((reference) => reference.severity === severity).length;
  return { dangling: count('error'), doubtful: count('warning') };
};

describe('the references of a tree, workspace by workspace', () => {
  it('are those of the whole tree, whatever was removed from it', () => {
    let found = 0;
    fc.assert(
      fc.property(consistentTenant, fc.nat(), ({ tree, links }: ConsistentTenant, pick) => {
        fc.pre(links.length > 0);
        const broken = withoutMember(tree, (links[pick % links.length] as { to: string }).to);
        expect(piecewise(broken)).toMatchObject(whole(broken));
        found += whole(broken).dangling;
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(50);
  });

  it('are none in a consistent tenant', () => {
    fc.assert(
      fc.property(consistentTenant, ({ tree }: ConsistentTenant) => {
        expect(piecewise(tree)).toEqual({ dangling: 0, doubtful: 0, examples: [] });
      }),
    );
  });

  it('are those of the whole tree, for any tenant', () => {
    fc.assert(
      fc.property(tenant, (tree: Tree) => {
        expect(piecewise(tree)).toMatchObject(whole(tree));
      }),
    );
  });

  it('name object, place and target', () => {
    const tree = {
      servers: { shop: { idps: { own: { identity_pool_id: 'gone' } }, clients: { app: { scopes: ['x'] } } } },
    };
    expect(piecewise(tree)).toEqual({
      dangling: 1,
      doubtful: 1,
      examples: [
        {
          object: 'idp own of workspace shop',
          pointer: '/servers/shop/idps/own/identity_pool_id',
          target: 'pool gone',
          severity: 'error',
        },
        {
          object: 'client app of workspace shop',
          pointer: '/servers/shop/clients/app/scopes/0',
          target: 'scope x',
          severity: 'warning',
        },
      ],
    });
  });
});

describe('the references of a dump', () => {
  const none = { dangling: 0, doubtful: 0, examples: [] };
  const check = (dump: Tree, isWhole = true) => {
    const references = createDumpReferenceCheck(isWhole);
    references.add(dump);
    return references.end();
  };

  it('are all answered in a consistent dump, in any order', () => {
    fc.assert(
      fc.property(systemDump, fc.nat(), (dump: Tree, seed) => {
        expect(dumpParts(bytesOf(shuffled(dump, seed))).references).toEqual(none);
      }),
    );
  });

  it('are found once their target is removed', () => {
    fc.assert(
      fc.property(
        systemDump,
        fc.constantFrom('policies', 'scripts', 'clients', 'scopes_without_service'),
        (dump: Tree, name) => {
          const used = dump[name].filter(({ id, client_id }: Tree) =>
            [...dump.policy_execution_points, ...dump.script_execution_points].some(
              ({ target_fk, policy_id, script_id }: Tree) =>
                [target_fk, policy_id, script_id].includes(name === 'clients' ? client_id : id),
            ),
          );
          fc.pre(used.length > 0);
          const broken = { ...dump, [name]: dump[name].filter((element: Tree) => element !== used[0]) };
          // A point that is bound to a removed client no longer counts where only policies are looked for.
          if (name === 'clients') expect(check(broken).dangling).toBe(1);
          else expect(check(broken).dangling).toBeGreaterThan(0);
        },
      ),
    );
  });

  const workspace = { tenant_id: 't', server_id: 'shop', authorization_server_id: 'shop' };
  it.each([
    ['idps', { id: 'i', post_authn_app_id: 'x' }, '/idps/0/post_authn_app_id', 'custom_apps x'],
    ['idps', { id: 'i', client_id: 'x' }, '/idps/0/client_id', 'clients x'],
    ['idps', { id: 'i', workspace_id: 'x' }, '/idps/0/workspace_id', 'servers x'],
    [
      'gateways',
      { id: 'g', token_exchange: { trusted_idp_ids: ['x'] } },
      '/gateways/0/token_exchange/trusted_idp_ids/0',
      'idps x',
    ],
    [
      'services',
      { id: 's', apis: [{ id: 'a', service_id: 's', policy_id: 'x' }] },
      '/services/0/apis/0/policy_id',
      'policies x',
    ],
    [
      'apis',
      { id: 'a', graphql_types: [{ fields: [{ policy_id: 'x' }] }] },
      '/apis/0/graphql_types/0/fields/0/policy_id',
      'policies x',
    ],
    ['theme_bindings', { theme_id: 'x' }, '/theme_bindings/0/theme_id', 'themes x'],
    [
      'policy_execution_points',
      { type: 'scope_user_grant', target_fk: 'x' },
      '/policy_execution_points/0/target_fk',
      'scopes x',
    ],
  ])('to nothing, in %s', (collection, element, pointer, target) => {
    const dump = { servers: [{ id: 'shop' }], [collection]: [{ ...workspace, ...element }] };
    expect(check(dump).examples).toMatchObject([{ pointer, target }]);
  });

  it('to a policy of another workspace are references to nothing', () => {
    const dump = {
      policies: [
        { ...workspace, id: 'p' },
        { server_id: 'other', id: 'q' },
      ],
      policy_execution_points: [
        { ...workspace, type: 'server_user_token', target_fk: 'system', policy_id: 'p' },
        { ...workspace, type: 'server_machine_token', target_fk: 'system', policy_id: 'q' },
      ],
    };
    expect(check(dump).examples.map(({ target }) => target)).toEqual(['policies q']);
  });

  it('to what the tenant shares are not checked in the dump of one workspace', () => {
    expect(check({ theme_bindings: [{ ...workspace, theme_id: 'x' }] }, false)).toEqual(none);
  });
});
