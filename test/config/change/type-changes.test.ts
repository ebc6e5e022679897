import { describe, expect, it } from 'vitest';
import { typeChanges } from '../../../functions/config/change/type-changes.ts';
import type { Json } from '../../../functions/config/json/json.ts';
import { parseJson } from '../../../functions/config/json/json.ts';
import { applyMergePatch } from '../../../functions/config/json/merge-patch.ts';

const WEB = '/servers/shop/clients/web';
const TREE: Json = {
  name: 'Acme',
  servers: {
    shop: {
      enforce_pkce: false,
      cdr: null,
      clients: {
        web: {
          client_name: 'Web',
          response_types: ['code'],
          empty: [],
          mixed: [null, { id: 1 }],
          privacy: { scopes: {} },
          client_id_issued_at: 1_700_000_000,
          metadata: { level: 1, tags: ['a'] },
        },
      },
      scripts: { s: { name: 'S', test_input: { n: 1 } } },
    },
  },
};

const changed = (patch: Json) => typeChanges(TREE, applyMergePatch(TREE, patch));
const inWeb = (web: Json): Json => ({ servers: { shop: { clients: { web } } } });

describe('a patch that changes a type', () => {
  it.each<[patch: Json, pointer: string, types: string]>([
    [inWeb({ response_types: 'id_token' }), `${WEB}/response_types`, 'list, and would become a text'],
    [inWeb({ response_types: { 0: 'code' } }), `${WEB}/response_types`, 'list, and would become a object'],
    [inWeb({ response_types: [['code']] }), `${WEB}/response_types/0`, 'text, and would become a list'],
    [inWeb({ response_types: ['code', 7] }), `${WEB}/response_types/1`, 'text, and would become a number'],
    [inWeb({ mixed: [{ id: 1 }, 'x'] }), `${WEB}/mixed/1`, 'object, and would become a text'],
    [inWeb({ empty: '' }), `${WEB}/empty`, 'list, and would become a text'],
    [inWeb({ client_name: true }), `${WEB}/client_name`, 'text, and would become a boolean'],
    [inWeb({ client_id_issued_at: '0' }), `${WEB}/client_id_issued_at`, 'number, and would become a text'],
    [inWeb({ privacy: [] }), `${WEB}/privacy`, 'object, and would become a list'],
    [
      { servers: { shop: { enforce_pkce: 'true' } } },
      '/servers/shop/enforce_pkce',
      'boolean, and would become a text',
    ],
    [{ servers: { shop: { clients: [] } } }, '/servers/shop/clients', 'object, and would become a list'],
    [{ servers: { shop: 'x' } }, '/servers/shop', 'object, and would become a text'],
    [{ name: 5 }, '/name', 'text, and would become a number'],
  ])('%j is a problem', (patch, pointer, types) => {
    const problems = changed(patch);
    expect(problems).toEqual([{ code: 'TYPE_CHANGED', pointer, message: expect.any(String) }]);
    expect(problems[0]?.message).toContain(
      `${pointer} is of the type ${types.replace('a object', 'an object')}`,
    );
  });

  it('of a list says how an element is appended', () => {
    expect(changed(inWeb({ response_types: 'id_token' }))[0]?.message).toMatch(
      /\(to append an element by RFC 6902, end the path with \/-\)$/,
    );
  });

  it.each<[what: string, patch: Json]>([
    ['nothing', {}],
    [
      'a value of the same type',
      inWeb({ client_name: 'Portal', response_types: ['id_token'], privacy: { scopes: { a: [] } } }),
    ],
    ['a member to nothing', inWeb({ response_types: null, privacy: null })],
    ['a member that was null', { servers: { shop: { cdr: { a: 1 } } } }],
    ['a new member', inWeb({ new: [1, 'x'] })],
    ['a list without elements', inWeb({ empty: [{ id: 1 }] })],
    ['the customer’s own JSON', inWeb({ metadata: { level: 'high', tags: 'a' } })],
    ['the input of a script', { servers: { shop: { scripts: { s: { test_input: { n: [] } } } } } }],
    ['a number to a longer one', inWeb({ client_id_issued_at: parseJson('12345678901234567891') })],
  ])('is not one that changes %s', (_, patch) => {
    expect(changed(patch)).toEqual([]);
  });
});
