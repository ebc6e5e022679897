import { describe, expect, it } from 'vitest';
import { demoTenants } from '../../../../scripts/demo/tenants.ts';
import type { Json, JsonObject } from '../../../../scripts/sandbox/json.ts';
import { danglingReferences, wrongKinds } from '../../../../scripts/sandbox/state/validate.ts';

const customers = (workspace: Json): JsonObject => ({ servers: { customers: workspace } });

describe('wrongKinds', () => {
  it.each<[string, Json, string]>([
    ['a list', [], ''],
    ['a string', 'x', ''],
    ['null', null, ''],
    ['a name that is a number', { name: 5 }, '/name'],
    ['servers that are a list', { servers: [] }, '/servers'],
    ['a workspace that is null', customers(null), '/servers/customers'],
    ['clients that are a list', customers({ clients: [] }), '/servers/customers/clients'],
    ['a client that is a string', customers({ clients: { 'a/b': 'x' } }), '/servers/customers/clients/a~1b'],
    [
      'redirect URIs that are a string',
      customers({ clients: { p: { redirect_uris: 'x' } } }),
      '/servers/customers/clients/p/redirect_uris',
    ],
    ['claims of one level', customers({ claims: { id_token: 'x' } }), '/servers/customers/claims/id_token'],
    [
      'a claim that is a list',
      customers({ claims: { id_token: { sub: [] } } }),
      '/servers/customers/claims/id_token/sub',
    ],
    [
      'an execution point that is an object',
      customers({ policy_execution_points: { x: {} } }),
      '/servers/customers/policy_execution_points/x',
    ],
    [
      'a binding that is a string',
      customers({ servers_bindings: { developer: 'yes' } }),
      '/servers/customers/servers_bindings/developer',
    ],
    [
      'an embedded client that is a string',
      customers({ gateways: { g: { client: 'x' } } }),
      '/servers/customers/gateways/g/client',
    ],
    ['a consent that is a list', customers({ server_consent: [] }), '/servers/customers/server_consent'],
    [
      'a template that is a string',
      { themes: { t: { templates: { 'a/b': 'x' } } } },
      '/themes/t/templates/a~1b',
    ],
  ])('finds %s', (_name, document, pointer) => {
    expect(wrongKinds(document).map((problem) => problem.pointer)).toEqual([pointer]);
  });

  it('accepts null for members and relations, and anything for unknown members', () => {
    const document = {
      name: null,
      servers: {
        customers: {
          clients: null,
          jwks: null,
          theme_binding: null,
          policy_execution_points: { a: null },
          new_thing: [1],
        },
      },
    };
    expect(wrongKinds(document)).toEqual([]);
  });

  it.each(demoTenants())('accepts $id', ({ tree }) => {
    expect(wrongKinds(tree)).toEqual([]);
  });
});

describe('danglingReferences', () => {
  const to = (id: string): JsonObject => ({ policy_execution_points: { a: id } });

  it.each<[string, JsonObject, string]>([
    ['a client', { clients: { p: to('gone') } }, '/servers/customers/clients/p'],
    ['a workspace', to('gone'), '/servers/customers/policy_execution_points/a'],
    [
      'a scope of a service',
      { services: { s: { scopes: { r: to('gone') } } } },
      '/servers/customers/services/s/scopes/r',
    ],
    [
      'a scope without service',
      { scopes_without_service: { r: to('gone') } },
      '/servers/customers/scopes_without_service/r',
    ],
    [
      'an api',
      { services: { s: { apis: { a: { policy_id: 'gone' } } } } },
      '/servers/customers/services/s/apis/a',
    ],
    ['a gateway', { gateways: { g: { default_policy_id: 'gone' } } }, '/servers/customers/gateways/g'],
    ['a client within', { gateways: { g: { client: to('gone') } } }, '/servers/customers/gateways/g/client'],
    [
      'a script point',
      { script_execution_points: { t: { customers: { script_id: 'gone' } } } },
      '/servers/customers/script_execution_points/t/customers',
    ],
  ])('finds %s that names what does not exist', (_name, workspace, pointer) => {
    expect(danglingReferences(customers(workspace), {}).map((problem) => problem.pointer)).toEqual([pointer]);
  });

  it('accepts what the document or the tenant holds, in the same workspace only', () => {
    const document = customers({ clients: { p: to('block') } });
    expect(danglingReferences(document, customers({ policies: { block: {} } }))).toEqual([]);
    expect(
      danglingReferences(customers({ clients: { p: to('block') }, policies: { block: {} } }), {}),
    ).toEqual([]);
    expect(
      danglingReferences(document, { servers: { workforce: { policies: { block: {} } } } }),
    ).toHaveLength(1);
  });

  it('accepts points that name nothing', () => {
    expect(
      danglingReferences(customers({ clients: { p: to('') }, policy_execution_points: { a: null } }), {}),
    ).toEqual([]);
  });
});
