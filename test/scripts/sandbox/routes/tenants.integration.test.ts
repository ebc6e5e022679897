import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../../../scripts/sandbox/sandbox.ts';
import { basic } from '../support.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  sandbox.addTenant({
    id: 'acme',
    tree: { servers: { customers: { name: 'Customers', clients: { portal: {}, shop: {} } } } },
  });
});
afterEach(() => sandbox.close());

const send = (path: string, method: string, body: unknown): Promise<Response> =>
  fetch(`${sandbox.url}/_sandbox/tenants${path}`, { method, body: JSON.stringify(body) });
const clientsOf = (id: string) =>
  Object.keys((sandbox.tenant(id)['servers'] as never)['customers']['clients']);

describe('tenants behind the back of the APIs', () => {
  it('are added as copies, and the answer is an enrolment that gets a token', async () => {
    const response = await send('', 'POST', { id: 'shop', like: 'acme' });
    expect(response.status).toBe(201);
    const enrolment = (await response.json()) as Record<string, string>;
    expect(Object.keys(enrolment)).toEqual(['issuer', 'clientId', 'clientSecret']);
    expect(clientsOf('shop')).toEqual(['portal', 'shop']);
    const token = await fetch(`${enrolment['issuer']}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: basic(enrolment['clientId'] ?? '', enrolment['clientSecret'] ?? '') },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'manage_configuration' }),
    });
    expect(token.status).toBe(200);
    expect(await (await fetch(`${sandbox.url}/_sandbox/tenants`)).json()).toEqual({
      tenants: ['acme', 'shop'],
    });
  });

  it('are changed by a merge patch, one at a time', async () => {
    await send('', 'POST', { id: 'shop', like: 'acme' });
    const patch = { servers: { customers: { clients: { portal: null } } } };
    expect((await send('/shop', 'PATCH', patch)).status).toBe(204);
    expect(clientsOf('shop')).toEqual(['shop']);
    expect(clientsOf('acme')).toEqual(['portal', 'shop']);
  });

  it.each([
    ['a tenant that is there', '', 'POST', { id: 'acme' }, 'exists already'],
    ['a copy of nobody', '', 'POST', { id: 'shop', like: 'nobody' }, 'no tenant nobody'],
    ['a tenant without an id', '', 'POST', { tree: {} }, 'id must be a string'],
    ['a change of nobody', '/nobody', 'PATCH', {}, 'no tenant nobody'],
    ['a change into something else', '/acme', 'PATCH', 'text', 'must be an object'],
  ])('refuses %s', async (_, path, method, body, reason) => {
    const response = await send(path, method, body);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(reason);
  });
});
