import { afterEach, describe, expect, it } from 'vitest';
import { basic, CLIENT_ID, CLIENT_SECRET, startWith } from '../support.ts';

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
});

async function start(...args: Parameters<typeof startWith>) {
  const started = await startWith(...args);
  running.push(started.sandbox);
  return started;
}

describe('discovery', () => {
  it('names the issuer and the token endpoint of the workspace', async () => {
    const { sandbox } = await start({});
    const response = await fetch(`${sandbox.issuer('acme')}/.well-known/openid-configuration`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      issuer: `${sandbox.url}/acme/system`,
      token_endpoint: `${sandbox.url}/acme/system/oauth2/token`,
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    });
  });

  it.each(['globex/system', 'acme/nowhere', 'acme/constructor'])('answers 404 for %s', async (path) => {
    const { sandbox } = await start({});
    const response = await fetch(`${sandbox.url}/${path}/.well-known/openid-configuration`);
    expect(response.status).toBe(404);
  });
});

describe('the token endpoint', () => {
  it('grants all scopes of the client if none is asked for', async () => {
    const { requestToken } = await start({});
    const response = await requestToken();
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      access_token: expect.stringMatching(/^[\w-]{43}$/),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'manage_configuration read_configuration',
    });
  });

  it('takes the lifetime from the workspace, unless told otherwise', async () => {
    const tree = { servers: { system: { access_token_ttl: '10m0s' } } };
    const workspace = await start(tree);
    expect(await (await workspace.requestToken()).json()).toMatchObject({ expires_in: 600 });
    const configured = await start(tree, { tokenLifetimeSeconds: 5 });
    expect(await (await configured.requestToken()).json()).toMatchObject({ expires_in: 5 });
  });

  it('authenticates in the body', async () => {
    const clients = [
      { clientId: 'post', clientSecret: CLIENT_SECRET, authMethod: 'client_secret_post' as const },
    ];
    const { sandbox } = await start({}, { clients });
    const response = await fetch(`${sandbox.issuer('acme')}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'post',
        client_secret: CLIENT_SECRET,
      }),
    });
    expect(response.status).toBe(200);
  });

  it.each([
    ['a scope that the client lacks', { scope: 'manage_servers' }, 400, 'invalid_scope'],
    ['another grant type', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['no grant type', { grant_type: '' }, 400, 'invalid_request'],
    ['two methods of authentication', { client_secret: CLIENT_SECRET }, 400, 'invalid_request'],
  ])('refuses %s', async (_name, form, status, error) => {
    const { requestToken } = await start({});
    const response = await requestToken(form);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error, error_description: expect.any(String) });
  });

  it('refuses a wrong secret with a challenge, and says nothing about the client', async () => {
    const { requestToken } = await start({});
    const wrong = await requestToken({}, { authorization: basic(CLIENT_ID, 'wrong') });
    const unknown = await requestToken({}, { authorization: basic('nobody', 'wrong') });
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Basic/);
    expect(await wrong.text()).toBe(await unknown.text());
  });

  it('refuses a grant that the client lacks', async () => {
    const { sandbox, requestToken } = await start({});
    sandbox.changeTenant('acme', (tree) => {
      (tree['servers'] as never)['system']['clients'][CLIENT_ID]['grant_types'] = [
        'authorization_code',
      ] as never;
    });
    expect(await (await requestToken()).json()).toMatchObject({ error: 'unauthorized_client' });
  });

  it('refuses a body that is no form, and a parameter given twice', async () => {
    const { sandbox } = await start({});
    const post = (body: string, type?: string) =>
      fetch(`${sandbox.issuer('acme')}/oauth2/token`, {
        method: 'POST',
        headers: { authorization: basic(CLIENT_ID, CLIENT_SECRET), ...(type && { 'content-type': type }) },
        body,
      });
    const form = 'application/x-www-form-urlencoded';
    for (const response of [
      await post('{"grant_type":"client_credentials"}', 'application/json'),
      await post('grant_type=client_credentials&grant_type=client_credentials', form),
    ]) {
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'invalid_request' });
    }
  });

  it('answers 404 for an unknown tenant', async () => {
    const { sandbox } = await start({});
    const response = await fetch(`${sandbox.url}/globex/system/oauth2/token`, { method: 'POST' });
    expect(response.status).toBe(404);
  });

  it('locks out a caller whose secret was changed or whose client is gone', async () => {
    const { sandbox, requestToken } = await start({});
    sandbox.changeTenant('acme', (tree) => {
      (tree['servers'] as never)['system']['clients'][CLIENT_ID]['client_secret'] = 'changed' as never;
    });
    expect((await requestToken()).status).toBe(401);
    expect((await requestToken({}, { authorization: basic(CLIENT_ID, 'changed') })).status).toBe(200);
    sandbox.changeTenant('acme', (tree) => {
      delete (tree['servers'] as never)['system']['clients'][CLIENT_ID];
    });
    expect((await requestToken({}, { authorization: basic(CLIENT_ID, 'changed') })).status).toBe(401);
  });
});
