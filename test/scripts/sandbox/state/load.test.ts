import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { demoTenants } from '../../../../scripts/demo/tenants.ts';
import { parseTenant, tenantIdOf } from '../../../../scripts/sandbox/state/load.ts';

describe('parseTenant', () => {
  it('reads the tree of a tenant and keeps what it does not know', () => {
    const tree = {
      name: 'Acme',
      servers: { customers: { name: 'C', shiny: { new: [1, null] } } },
      more: true,
    };
    expect(parseTenant(JSON.stringify(tree), 'acme')).toEqual(tree);
  });

  it('makes a tenant around one workspace, named after it', () => {
    const workspace = { name: 'Customer Demo!', clients: {}, policies: {} };
    expect(parseTenant(JSON.stringify(workspace), 'file')).toEqual({
      name: 'Customer Demo!',
      servers: { 'customer-demo': workspace },
    });
  });

  it('names a workspace without a name after the tenant', () => {
    expect(parseTenant('{"clients":{}}', 'acme')).toEqual({
      name: 'acme',
      servers: { acme: { clients: {} } },
    });
  });

  it.each(demoTenants())('reads $id from YAML as from JSON', ({ id, tree }) => {
    expect(parseTenant(stringify(tree), id)).toEqual(tree);
  });

  it('keeps what looks like a time a string', () => {
    expect(parseTenant('servers:\n  c:\n    name: 2023-06-27T11:32:46Z\n', 'x')).toEqual({
      servers: { c: { name: '2023-06-27T11:32:46Z' } },
    });
  });

  it.each([
    ['a list', '[]', /document must be an object/],
    ['nothing', '', /document must be an object/],
    ['a flat dump', 'servers:\n- id: customers\n', /flat dump/],
    [
      'a wrong kind',
      '{"servers":{"c":{"clients":[]}}}',
      /clients must be object, got array, at \/servers\/c\/clients/,
    ],
    ['neither JSON nor YAML', '{"a": [', /./],
  ])('refuses %s', (_name, text, message) => {
    expect(() => parseTenant(text, 'x')).toThrow(message);
  });
});

describe('tenantIdOf', () => {
  it.each([
    ['/tmp/acme.json', 'acme'],
    ['02_Config-Migration dev.treeserver.json', '02-config-migration-dev'],
    ['.hidden', 'hidden'],
    ['日本.json', 'tenant'],
  ])('makes an id of %s', (file, id) => {
    expect(tenantIdOf(file)).toBe(id);
  });
});
