import { expect, it } from 'vitest';
import { type VanityDomain, VanityDomains } from '../../../scripts/sandbox/vanity-domains.ts';

const ordinary = (domain: Omit<VanityDomain, 'tenantId'>, url: string, host = 'login.test:8443') => {
  const domains = new VanityDomains();
  domains.add('login.test', { tenantId: 'a b', ...domain });
  return domains.ordinary(host, url);
};

it.each<[domain: Omit<VanityDomain, 'tenantId'>, url: string, expected: string]>([
  [{ kind: 'tenant' }, '/system/oauth2/token?x=/y', '/a%20b/system/oauth2/token?x=/y'],
  [
    { kind: 'tenant' },
    '/api/system/configuration?mode=update',
    '/api/system/a%20b/configuration?mode=update',
  ],
  [{ kind: 'tenant' }, '/api/identity/configuration', '/api/identity/a%20b/configuration'],
  [{ kind: 'tenant' }, '/api/hub/a%20b/promote/config', '/api/hub/a%20b/promote/config'],
  [{ kind: 'server' }, '/oauth2/token', '/a%20b/system/oauth2/token'],
  [{ kind: 'server' }, '/api/system/configuration', '/api/system/a%20b/configuration'],
  [{ kind: 'server', basePath: '/b' }, '/b/oauth2/token', '/a%20b/system/oauth2/token'],
  [{ kind: 'server', basePath: '/b' }, '/oauth2/token', '/_sandbox/no-such-path'],
  [{ kind: 'none', basePath: '/b' }, '/b/acme/system/oauth2/token', '/acme/system/oauth2/token'],
  [{ kind: 'none', basePath: '/b' }, '/api/hub/acme/promote/config', '/api/hub/acme/promote/config'],
])('on a domain %j makes %s into %s', (domain, url, expected) => {
  expect(ordinary(domain, url)).toBe(expected);
});

it('leaves other hosts alone', () => {
  for (const host of ['127.0.0.1:8443', 'other.test', undefined]) {
    const domains = new VanityDomains();
    domains.add('login.test', { tenantId: 'acme', kind: 'tenant' });
    expect(domains.ordinary(host, '/system/oauth2/token')).toBe('/system/oauth2/token');
  }
});
