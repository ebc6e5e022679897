import { describe, expect, it } from 'vitest';
import { damage } from '../../../scripts/demo/damage.ts';
import { differencesBetween } from '../../../scripts/demo/sameness.ts';
import { AUTOMATION_CLIENT_ID, demoTenants } from '../../../scripts/demo/tenants.ts';
import type { JsonObject } from '../../../scripts/sandbox/json.ts';

const [acme] = demoTenants();
const tree = (): JsonObject => structuredClone(acme?.tree ?? {});

describe('damage', () => {
  it('does to a tenant all that a restore has to put right', () => {
    const before = tree();
    const after = tree();
    const stories = damage(after, AUTOMATION_CLIENT_ID).join('\n');
    for (const mishap of [
      'deleted',
      'redirect URIs',
      'rotated',
      'claims',
      'policy',
      'signing keys',
      'enforce_pkce',
    ]) {
      expect(stories).toContain(mishap);
    }
    const places = differencesBetween(before, after).map((pointer) => pointer.split('/').slice(3).join('/'));
    expect(places).toEqual(
      expect.arrayContaining([
        'clients/portal',
        'claims/id_token',
        'enforce_pkce',
        'clients/support-desk/client_secret',
      ]),
    );
    expect(places.some((place) => place.startsWith('clients/mobile-app/redirect_uris'))).toBe(true);
    expect(places.some((place) => place.startsWith('jwks'))).toBe(true);
  });

  it('leaves the client alone that the backups use', () => {
    const servers = { main: { clients: { spared: { client_secret: 'a' }, other: {} } } };
    const after = structuredClone(servers);
    damage({ servers: after }, 'spared');
    expect(after.main.clients).toEqual({ spared: { client_secret: 'a' } });
  });

  it('damages what is there in a workspace without clients', () => {
    const after: JsonObject = { servers: { bare: { enforce_pkce: true } } };
    expect(damage(after, 'none')).toEqual(['bare: enforce_pkce is switched off']);
    expect(after).toEqual({ servers: { bare: { enforce_pkce: false } } });
  });

  it('has nothing to do where there is no workspace but the system one', () => {
    expect(damage({ servers: { system: { clients: { a: {} } } } }, 'a')).toEqual([]);
  });
});
