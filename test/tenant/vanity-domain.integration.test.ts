import { afterEach, expect, test } from 'vitest';
import type { VanityDomain } from '../../scripts/sandbox/vanity-domains.ts';
import { startWith } from '../scripts/sandbox/support.ts';
import { connectTo, enrolmentFor, seen } from './connection.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

test.each<[domain: Omit<VanityDomain, 'tenantId'>, path: string, changes: object]>([
  [{ kind: 'none', basePath: '/base' }, '/base/acme/system', {}],
  [{ kind: 'tenant' }, '/system', { vanity: 'tenant', tenantId: 'acme' }],
  [{ kind: 'tenant', basePath: '/base' }, '/base/system', { vanity: 'tenant', tenantId: 'acme' }],
  [{ kind: 'server' }, '', { vanity: 'server', tenantId: 'acme' }],
  [{ kind: 'server', basePath: '/a/b' }, '/a/b', { vanity: 'server', tenantId: 'acme' }],
])('a tenant on a host of its own, %j, is reached by the issuer %j', async (domain, path, changes) => {
  const { sandbox } = await startWith({ name: 'Acme' });
  closers.push(() => sandbox.close());
  sandbox.addVanityDomain('localhost', { tenantId: 'acme', ...domain });
  const issuer = `http://localhost:${sandbox.port}${path}`;
  const { hub } = connectTo(sandbox, { enrolment: enrolmentFor(sandbox, { issuer, ...changes }) });
  expect(JSON.parse((await hub.exportTree({ withCredentials: false })).toString())).toMatchObject({
    name: 'Acme',
  });
  expect(seen(sandbox, 'GET', '/promote/config').map(({ status }) => status)).toEqual([200]);
});
