import { afterEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../scripts/sandbox/json.ts';
import type { Sandbox } from '../../../scripts/sandbox/sandbox.ts';
import { rejectionOf } from '../../rejection.ts';
import { CLIENT_ID, CLIENT_SECRET, startWith } from '../../scripts/sandbox/support.ts';
import { connectTo, enrolmentFor, seen } from '../connection.ts';

/** The proof that a client still gets in: tokens that no memory holds, beside those that a roll-back needs. */

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(scopes?: readonly string[]): Promise<Sandbox> {
  const clients = [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, ...(scopes && { scopes }) }];
  const { sandbox } = await startWith({ name: 'Acme' }, { clients });
  closers.push(() => sandbox.close());
  return sandbox;
}

const tokenRequests = (sandbox: Sandbox) => seen(sandbox, 'POST', '/oauth2/token').length;

const changeSystem = (sandbox: Sandbox, settings: JsonObject) =>
  sandbox.changeTenant('acme', (tree) => {
    Object.assign((tree as { servers: { system: object } }).servers.system, settings);
  });

const NO_GRANT: JsonObject = { grant_types: ['authorization_code'] };

describe('new tokens', () => {
  test('are of all scopes, and are used', async () => {
    const sandbox = await start();
    const tenant = connectTo(sandbox, { access: 'manage' });
    await tenant.hub.exportTree({ withCredentials: false });
    expect(tokenRequests(sandbox)).toBe(1);
    const renewed = await tenant.withNewTokens();
    expect(tokenRequests(sandbox)).toBe(3);
    await renewed.hub.exportTree({ withCredentials: false });
    await renewed.system.exportDump();
    expect(tokenRequests(sandbox)).toBe(3);
  });

  test('are of schedules of key rotation, too, where the enrolment names them', async () => {
    const sandbox = await start(['manage_configuration', 'read_configuration']);
    const enrolment = enrolmentFor(sandbox, { keyRotation: true });
    const error = await rejectionOf(connectTo(sandbox, { access: 'manage', enrolment }).withNewTokens());
    expect(error).toMatchObject({ code: 'AUTHENTICATION_REFUSED', facts: { error: 'invalid_scope' } });
  });

  test('need no scope that the tenant never granted', async () => {
    const sandbox = await start(['manage_configuration']);
    await (await connectTo(sandbox, { access: 'manage' }).withNewTokens()).system.exportDump();
  });

  test('that are refused leave the old one, with which all can be put back', async () => {
    const sandbox = await start();
    const tenant = connectTo(sandbox, { access: 'manage' });
    await tenant.hub.exportTree({ withCredentials: false });
    changeSystem(sandbox, NO_GRANT);
    expect(await rejectionOf(tenant.withNewTokens())).toMatchObject({ code: 'AUTHENTICATION_REFUSED' });
    await tenant.hub.patchTree(
      JSON.stringify({ servers: { system: { grant_types: ['client_credentials'] } } }),
      { format: 'rfc7396', mode: 'update', dryRun: false },
    );
    await tenant.withNewTokens();
  });

  test('without a lifetime are refused where they are used', async () => {
    const sandbox = await start();
    const tenant = connectTo(sandbox, { access: 'manage' });
    await tenant.hub.exportTree({ withCredentials: false });
    changeSystem(sandbox, { access_token_ttl: '0s' });
    const renewed = await tenant.withNewTokens();
    expect(await rejectionOf(renewed.hub.exportTree({ withCredentials: false }))).toMatchObject({
      code: 'AUTHENTICATION_REFUSED',
    });
  });
});
