import { describe, expect, it } from 'vitest';
import {
  authenticateClient,
  findAutomationClient,
  grantScopes,
  OAuthError,
} from '../../../scripts/sandbox/client-authentication.ts';
import type { JsonObject } from '../../../scripts/sandbox/json.ts';
import { basic } from './support.ts';

const SECRET = 'p:a%ss+wörd & more = 32 characters!';
const ID = 'id:with/odd characters+%';

const workspace = (client: JsonObject): JsonObject => ({
  clients: { [ID]: { client_secret: SECRET, ...client } },
});
const form = (parameters: Record<string, string> = {}): URLSearchParams => new URLSearchParams(parameters);
const inBody = form({ client_id: ID, client_secret: SECRET });

const authenticate = (client: JsonObject, authorization: string | undefined, parameters: URLSearchParams) =>
  authenticateClient(client, { authorization, parameters });

const refusal = async (act: () => unknown): Promise<{ status: number; error: string }> => {
  try {
    await act();
  } catch (error) {
    if (error instanceof OAuthError) return { status: error.status, error: error.error };
    throw error;
  }
  throw new Error('nothing was refused');
};
const INVALID_CLIENT = { status: 401, error: 'invalid_client' };

describe('authenticateClient', () => {
  it('decodes id and secret of Basic before it compares them', async () => {
    const { clientId } = await authenticate(workspace({}), basic(ID, SECRET), form());
    expect(clientId).toBe(ID);
  });

  it('takes a plus in Basic for a space, as forms do', async () => {
    const header = `Basic ${Buffer.from('a+b:c+d').toString('base64')}`;
    const clients = { clients: { 'a b': { client_secret: 'c d' } } };
    expect((await authenticate(clients, header, form())).clientId).toBe('a b');
  });

  it('accepts the secret in the body where the client says so, or leaves it open', async () => {
    for (const method of ['client_secret_post', 'unspecified']) {
      const client = workspace({ token_endpoint_auth_method: method });
      expect((await authenticate(client, undefined, inBody)).clientId).toBe(ID);
    }
  });

  it('accepts a secret that was rotated out', async () => {
    const rotated = { client_secret: 'new', rotated_secrets: [SECRET] };
    expect((await authenticate(workspace(rotated), basic(ID, SECRET), form())).clientId).toBe(ID);
  });

  it.each<[string, JsonObject, string | undefined, URLSearchParams]>([
    ['no authentication', {}, undefined, form()],
    ['an id without secret', {}, undefined, form({ client_id: ID })],
    ['a wrong secret', {}, basic(ID, 'wrong'), form()],
    ['an unknown client', {}, basic('nobody', SECRET), form()],
    ['a client called like a method of objects', {}, basic('constructor', SECRET), form()],
    ['Basic that is not base64', {}, 'Basic ???', form()],
    ['Basic without colon', {}, `Basic ${Buffer.from('id').toString('base64')}`, form()],
    ['Basic with a broken percent sequence', {}, `Basic ${Buffer.from('%zz:x').toString('base64')}`, form()],
    ['another scheme', {}, 'Bearer x', form()],
    ['the body where only Basic is allowed', {}, undefined, inBody],
    [
      'Basic where only the body is allowed',
      { token_endpoint_auth_method: 'client_secret_post' },
      basic(ID, SECRET),
      form(),
    ],
    ['a client without method', { token_endpoint_auth_method: 'none' }, basic(ID, SECRET), form()],
    ['an inactive client', { client_status: 'inactive' }, basic(ID, SECRET), form()],
    ['an empty secret', { client_secret: '' }, basic(ID, ''), form()],
  ])('refuses %s', async (_name, client, header, parameters) => {
    expect(await refusal(() => authenticate(workspace(client), header, parameters))).toEqual(INVALID_CLIENT);
  });

  it('refuses two methods at once', async () => {
    const act = () => authenticate(workspace({}), basic(ID, SECRET), inBody);
    expect(await refusal(act)).toEqual({ status: 400, error: 'invalid_request' });
  });
});

describe('grantScopes', () => {
  const client = { scopes: ['a', 'b'] };

  it('grants what is asked for, or everything', async () => {
    expect(grantScopes(client, 'b')).toEqual(['b']);
    expect(grantScopes(client, null)).toEqual(['a', 'b']);
    expect(grantScopes(client, ' ')).toEqual(['a', 'b']);
    expect(grantScopes({ scope: 'a b' }, null)).toEqual(['a', 'b']);
  });

  it('refuses a scope that the client lacks', async () => {
    expect(await refusal(() => grantScopes(client, 'a c'))).toEqual({ status: 400, error: 'invalid_scope' });
  });
});

describe('findAutomationClient', () => {
  const usable = { scopes: ['manage_configuration'], grant_types: ['client_credentials'] };

  it('finds the first client that can manage the configuration', async () => {
    const clients = { reader: { ...usable, scopes: ['read_configuration'] }, writer: usable, second: usable };
    expect(findAutomationClient({ clients })?.clientId).toBe('writer');
  });

  it.each([
    ['without the grant', { ...usable, grant_types: [] }],
    ['with a method that it cannot show', { ...usable, token_endpoint_auth_method: 'private_key_jwt' }],
    ['that is no object', 'x'],
  ])('passes over one %s', (_name, client) => {
    expect(findAutomationClient({ clients: { client } })).toBeUndefined();
  });
});
