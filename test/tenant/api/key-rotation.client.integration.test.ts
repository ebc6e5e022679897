import { afterEach, describe, expect, it } from 'vitest';
import { rejectionOf } from '../../rejection.ts';
import { type Answer, startCannedTenant } from '../canned-tenant.ts';
import { connectBy } from '../connection.ts';

type Canned = Awaited<ReturnType<typeof startCannedTenant>>;

let tenant: Canned;
afterEach(() => tenant.close());

const SCHEDULE = '{"enabled":true,"cron":"0 0 1 * *","scheduled_at":"2027-01-01T00:00:00Z"}';

async function start(changes: object, path?: string, answer: Answer = (response) => response.end(SCHEDULE)) {
  tenant = await startCannedTenant(answer);
  const { keyRotation } = connectBy(tenant.enrolment({ keyRotation: true, ...changes }, path));
  return keyRotation ?? expect.fail('the enrolment asks for it');
}

describe('a schedule of key rotation', () => {
  it.each([
    ['a tenant', {}, '/acme/system', '/api/system/acme/servers/shop%2F1/keys/automatic-key-rotation?use=sig'],
    [
      'a base path',
      {},
      '/sso/acme/system',
      '/sso/api/system/acme/servers/shop%2F1/keys/automatic-key-rotation?use=sig',
    ],
    [
      'a vanity domain',
      { vanity: 'tenant', tenantId: 'acme' },
      '/system',
      '/api/system/servers/shop%2F1/keys/automatic-key-rotation?use=sig',
    ],
  ])('of %s is read and written at the same place', async (_, changes, path, url) => {
    const rotation = await start(changes, path);
    expect((await rotation.read('shop/1', 'sig')).toString()).toBe(SCHEDULE);
    await rotation.write('shop/1', 'sig', '{"enabled":false,"cron":"@daily"}');
    expect(tenant.calls().map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', url, ''],
      ['PUT', url, '{"enabled":false,"cron":"@daily"}'],
    ]);
  });

  it('is asked for with a token of the only scope that shows it', async () => {
    const rotation = await start({});
    await rotation.read('shop', 'enc');
    const bodies = tenant.received.filter(({ url }) => url.endsWith('/oauth2/token')).map(({ body }) => body);
    expect(bodies).toEqual([expect.stringContaining('scope=manage_servers')]);
  });

  it.each(['.', '..'])(
    'is not looked for in a workspace "%s", which would be another place',
    async (workspace) => {
      const rotation = await start({});
      expect((await rejectionOf(rotation.read(workspace, 'sig'))).code).toBe('INVALID_REQUEST');
      expect(tenant.calls()).toEqual([]);
    },
  );

  it('that the tenant refuses is an import that it refuses', async () => {
    const rotation = await start({}, undefined, (response) =>
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"bad_request"}'),
    );
    expect((await rejectionOf(rotation.write('shop', 'sig', '{}'))).code).toBe('IMPORT_REFUSED');
  });
});

it('is not there unless the enrolment asks for it', async () => {
  tenant = await startCannedTenant((response) => response.end(SCHEDULE));
  expect(connectBy(tenant.enrolment())).not.toHaveProperty('keyRotation');
});
