import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, member } from '../../../functions/config/json/json.ts';
import { parsePointer } from '../../../functions/config/json/pointer.ts';
import {
  countDumpObjects,
  type DumpObject,
  dumpObjectsOf,
} from '../../../functions/config/model/dump-objects.ts';
import { identityDump, regenerated, shuffled, systemDump } from '../any-dump.ts';
import { anyJson } from '../any-json.ts';
import type { Tree } from '../arbitraries.ts';
import { generatedDump } from '../generated-dump.ts';

const listOf = (dump: Tree): DumpObject[] => [...dumpObjectsOf(dump)];
const keysOf = (dump: Tree): string[] => listOf(dump).map(({ key }) => key);
const at = (dump: Tree, pointer: string): Tree =>
  (parsePointer(pointer) ?? []).reduce<Tree>((value, key) => member(value, key), dump);
const only = (dump: Tree, type: string): Tree => {
  const found = listOf(dump).filter((object) => object.type === type);
  expect(found).toHaveLength(1);
  return found[0];
};

describe('dumpObjectsOf', () => {
  it('lists every element once, with its place, under a key of its own', () => {
    fc.assert(
      fc.property(fc.oneof(systemDump, identityDump), (dump: Tree) => {
        const objects = listOf(dump);
        const elements = Object.values<Tree>(dump).flatMap((list) => list ?? []);
        const nested = (dump.services ?? []).flatMap(({ scopes, apis }: Tree) => [...scopes, ...apis]);
        expect(objects).toHaveLength(elements.length + nested.length);
        expect(new Set(keysOf(dump)).size).toBe(objects.length);
        expect(new Set(objects.map(({ pointer }) => pointer)).size).toBe(objects.length);
        for (const { pointer, body } of objects) expect(at(dump, pointer)).toMatchObject(body as object);
      }),
    );
  });

  it('gives the same keys whatever the order, and whatever ids scopes and claims have got', () => {
    fc.assert(
      fc.property(systemDump, fc.nat(), (dump: Tree, seed) => {
        const other = shuffled(regenerated(dump), seed);
        expect(keysOf(other).sort()).toEqual(keysOf(dump).sort());
      }),
    );
  });

  it('knows the workspace of every element by the link of its collection', () => {
    fc.assert(
      fc.property(generatedDump, ({ dump, expected }) => {
        const objects = listOf(dump);
        for (const { tenant, workspace, elements } of expected) {
          for (const object of objects) {
            if (object.tenant !== tenant || object.workspace !== workspace) continue;
            expect(elements.has(at(dump, object.pointer))).toBe(true);
          }
        }
      }),
    );
  });

  it('counts what it lists', () => {
    const anyDump = fc.dictionary(
      fc.oneof(fc.constantFrom('clients', 'services', '__proto__', 'constructor'), fc.string()),
      anyJson,
    );
    fc.assert(
      fc.property(fc.oneof(systemDump, identityDump, anyDump), (dump) => {
        const counts = new Map<string, number>();
        for (const { type } of dumpObjectsOf(dump as JsonObject))
          counts.set(type, (counts.get(type) ?? 0) + 1);
        expect(new Map(Object.entries(countDumpObjects(dump as JsonObject)))).toEqual(counts);
      }),
    );
  });

  it.each([
    ['clients', { client_id: 'app', authorization_server_id: 'shop' }, 'app', 'shop'],
    [
      'claims',
      { id: 'x9', type: 'id_token', name: 'email', authorization_server_id: 'shop' },
      'id_token/email',
      'shop',
    ],
    ['claims', { id: 'x9', authorization_server_id: 'shop' }, 'x9', 'shop'],
    ['servers', { id: 'shop' }, 'shop', undefined],
    ['server_consents', { server_id: 'shop' }, 'server_consents', 'shop'],
    ['servers_bindings', { server_id: 'portal', dependent: 'shop' }, 'shop', 'portal'],
    [
      'policy_execution_points',
      { server_id: 'shop', type: 'client_user_token', target_fk: 'app' },
      'client_user_token/app',
      'shop',
    ],
    [
      'policy_execution_points',
      { type: 'server_user_token', target_fk: 'shop' },
      'server_user_token/shop',
      'shop',
    ],
    ['templates', { theme_id: 'dark', fs_path: 'a/b.tmpl' }, 'dark/a/b.tmpl', undefined],
    [
      'roles',
      {
        role: 'admin',
        subject: { type: 'user', idp_id: '' },
        resource: { type: 'workspace', workspace_id: 'shop' },
      },
      'admin/{"type":"user"}/{"type":"workspace","workspace_id":"shop"}',
      'shop',
    ],
    ['brute_force_limits', { protected_type: 'otp' }, 'otp', undefined],
    ['group_members', { user_pool_id: 'p', group_id: 'g', user_id: 'u' }, 'p/g/u', undefined],
    ['future_things', { id: 'f', workspace_id: 'shop' }, 'f', 'shop'],
  ])('names an element of %s', (type, element, id, workspace) => {
    const object = only({ [type]: [{ tenant_id: 'acme', ...element }] }, type);
    expect(object).toEqual({
      type,
      id,
      pointer: `/${type}/0`,
      key: object.key,
      body: { tenant_id: 'acme', ...element },
      ...(type === 'roles' ? {} : { tenant: 'acme' }),
      ...(workspace === undefined ? {} : { workspace }),
    });
  });

  it('names the execution point of a scope by the scope, and its workspace, with or without a link', () => {
    const dump = {
      services: [
        {
          tenant_id: 'acme',
          authorization_server_id: 'shop',
          id: 'orders',
          scopes: [{ id: 'r1', name: 'read' }],
        },
      ],
      policy_execution_points: [{ tenant_id: 'acme', type: 'scope_user_grant', target_fk: 'r1' }],
    };
    expect(only(dump, 'policy_execution_points')).toMatchObject({
      id: 'scope_user_grant/orders/read',
      workspace: 'shop',
    });
    expect(only(dump, 'scopes')).toMatchObject({
      id: 'orders/read',
      workspace: 'shop',
      pointer: '/services/0/scopes/0',
    });
    expect(only(dump, 'services').body).not.toHaveProperty('scopes');
  });

  it('takes a member that is no list of objects as one object', () => {
    const dump = {
      tenant: { id: 'acme' },
      setting: 5,
      names: ['a', 'b'],
      odd: [{ id: 'x' }, null],
      none: [],
      nil: null,
    };
    expect(listOf(dump).map(({ type, id, pointer }) => [type, id, pointer])).toEqual([
      ['tenant', 'tenant', '/tenant'],
      ['setting', 'setting', '/setting'],
      ['names', 'names', '/names'],
      ['odd', 'odd', '/odd'],
    ]);
  });

  it('tells elements with one identity apart, and loses none', () => {
    const twice = { clients: [{ client_id: 'a' }, { client_id: 'a', trusted: true }] };
    expect(new Set(keysOf(twice)).size).toBe(2);
  });
});
