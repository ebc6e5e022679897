import { describe, expect, it } from 'vitest';
import { prepareTenant, Tenants, workspaceOf } from '../../../../scripts/sandbox/state/tenants.ts';

describe('Tenants', () => {
  it.each([
    ['system', /reserved/],
    ['Acme', /1 to 64/],
    ['a/b', /1 to 64/],
    ['', /1 to 64/],
    ['x'.repeat(65), /1 to 64/],
    ['taken', /exists already/],
  ])('refuses the id %j', (id, message) => {
    const tenants = new Tenants();
    tenants.create('taken', {});
    expect(() => tenants.create(id, {})).toThrow(message);
  });

  it('refuses to replace a tenant that does not exist', () => {
    expect(() => new Tenants().replace('acme', {})).toThrow('no tenant acme');
  });
});

describe('prepareTenant', () => {
  const at = new Date(0);

  it('adds a system workspace and keeps one that is there', () => {
    expect(workspaceOf(prepareTenant({}, at), 'system')).toMatchObject({ type: 'system', clients: {} });
    const own = prepareTenant({ servers: { system: { name: 'Mine' } } }, at);
    expect(workspaceOf(own, 'system')).toMatchObject({ name: 'Mine' });
  });

  it('makes the credentials of a redacted document and stamps no times', () => {
    const document = {
      servers: {
        customers: {
          secret: '',
          clients: { web: { client_secret: '', updated_at: '2020-01-01T00:00:00Z' } },
        },
      },
    };
    const workspace = workspaceOf(prepareTenant(document, at), 'customers');
    expect(workspace).toMatchObject({
      secret: expect.stringMatching(/.{32}/),
      clients: { web: { client_secret: expect.stringMatching(/.{32}/), updated_at: '2020-01-01T00:00:00Z' } },
    });
    expect(document.servers.customers.secret).toBe('');
  });
});
