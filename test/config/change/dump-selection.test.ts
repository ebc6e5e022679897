import { describe, expect, test } from 'vitest';
import {
  dumpPlaceOf,
  dumpSelectionSchema,
  isOfWorkspacesAlone,
  selectInDumps,
} from '../../../functions/config/change/dump-selection.ts';
import type { JsonObject } from '../../../functions/config/json/json.ts';
import { dumpObjectsOf } from '../../../functions/config/model/dump-objects.ts';

const inPool = { tenant_id: 'acme', user_pool_id: 'people' };
const inShop = { tenant_id: 'acme', authorization_server_id: 'shop' };

const desired: JsonObject = {
  servers: [{ id: 'shop' }, { id: 'desk' }],
  acrs: [
    { ...inShop, id: 'one' },
    { ...inShop, authorization_server_id: 'desk', id: 'one' },
  ],
  services: [{ ...inShop, id: 'profile', scopes: [{ ...inShop, id: 'x', name: 'read' }] }],
  users: [
    { ...inPool, id: 'ada' },
    { ...inPool, id: 'zoe' },
  ],
  user_credentials: [{ ...inPool, id: 'password', user_id: 'ada' }],
  odd: [{ token: 'canary' }],
};
/** Somebody has added a credential since. */
const live: JsonObject = {
  users: [{ ...inPool, id: 'ada' }],
  user_credentials: [{ ...inPool, id: 'webauthn', user_id: 'ada' }],
};

const selected = (selection: unknown): string[] => {
  const isSelected = selectInDumps([desired, live], dumpSelectionSchema.parse(selection));
  return [...dumpObjectsOf(desired), ...dumpObjectsOf({ user_credentials: live['user_credentials'] ?? [] })]
    .filter(isSelected)
    .map(({ type, id }) => `${type} ${id}`);
};

describe('a selection in dumps', () => {
  test.each<[string, unknown, string[]]>([
    ['a collection of a workspace', [{ resourceType: 'acrs', workspaces: ['shop'] }], ['acrs one']],
    ['a workspace, itself included', [{ workspaces: ['desk'] }], ['servers desk', 'acrs one']],
    [
      'a user with all that is theirs, on either side',
      [{ resourceType: 'users', ids: ['ada'] }],
      ['users people/ada', 'user_credentials people/password', 'user_credentials people/webauthn'],
    ],
    [
      'a service with its scopes',
      [{ resourceType: 'services', ids: ['pro*'] }],
      ['services profile', 'scopes profile/read'],
    ],
    ['a scope alone', [{ resourceType: 'scopes' }], ['scopes profile/read']],
    [
      'all but what is excluded',
      { include: [{ resourceType: 'users' }], exclude: [{ ids: ['ada'] }] },
      ['users people/zoe'],
    ],
  ])('means %s', (_, selection, expected) => {
    expect(selected(selection)).toEqual(expected);
  });

  test('means everything where it says nothing', () => {
    expect(selected([])).toHaveLength(11);
  });

  test.each<[string, unknown, RegExp]>([
    ['a type of trees', [{ resourceType: 'client' }], /name of a collection/],
    ['a query', [{ resourceType: 'acrs', resourceQuery: { value: 'x' } }], /name the objects by ids/],
    ['nothing at all', [{}], /must be given, or ids, or workspaces/],
    ['dependencies that are added', { include: [], dependencies: 'add' }, /add no dependencies/],
    ['an unknown member', [{ type: 'acrs' }], /type/],
  ])('refuses %s', (_, selection, message) => {
    expect(dumpSelectionSchema.safeParse(selection).error?.message).toMatch(message);
  });

  test('is shared with trees where it is of workspaces alone', () => {
    expect(isOfWorkspacesAlone({ include: [{ workspaces: ['shop'] }], exclude: [] })).toBe(true);
    expect(isOfWorkspacesAlone({ include: [{ workspaces: ['shop'], ids: undefined }], exclude: [] })).toBe(
      true,
    );
    expect(isOfWorkspacesAlone({ include: [{ workspaces: ['shop'], ids: ['x'] }], exclude: [] })).toBe(false);
  });
});

describe('the place of an object', () => {
  test.each([
    [{ type: 'acrs', workspace: 'shop', id: 'one' }, '/acrs/shop/one'],
    [{ type: 'users', id: 'people/ada' }, '/users/people~1ada'],
  ])('is told by collection, workspace and id: %j', (object, place) => {
    expect(dumpPlaceOf(object)).toBe(place);
  });

  test('does not show what an object holds that has no id', () => {
    const odd = [...dumpObjectsOf(desired)].find(({ type }) => type === 'odd');
    expect(odd?.id).toContain('canary');
    expect(dumpPlaceOf(odd as never)).toBe('/odd');
  });
});
