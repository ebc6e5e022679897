import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../scripts/sandbox/json.ts';
import { CLIENT_ID, startWith } from '../support.ts';

/** The token point asks the workspace: a restore that takes from its own client what it needs is noticed here. */

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
});

const scripted = (type: string, target: string, body: string): JsonObject => ({
  scripts: { ours: { name: 'Ours', body } },
  script_execution_points: { [type]: { [target]: { script_id: 'ours' } } },
});

const POLICIES: JsonObject = {
  no: { policy_name: 'No', validators: [{ name: 'false', conf: null, recovery: null }] },
  never: { policy_name: 'Never', definition: 'package acp.authz\n\ndefault allow = false\n' },
  sometimes: { policy_name: 'Sometimes', definition: 'default allow = false\n\nallow { true }\n' },
};

const governed = (points: JsonObject): JsonObject => ({
  policies: POLICIES,
  policy_execution_points: points,
});

const withScope = (policy: string): JsonObject => ({
  policies: POLICIES,
  services: {
    configuration: {
      name: 'Configuration',
      scopes: { manage_configuration: { policy_execution_points: { scope_machine_grant: policy } } },
    },
  },
});

/** Answers of the token point after the workspace was changed. */
async function tokenAfter(change: JsonObject): Promise<{ status: number; body: Record<string, unknown> }> {
  const { sandbox, requestToken } = await startWith({});
  running.push(sandbox);
  sandbox.changeTenant('acme', (tree) => {
    Object.assign((tree as never as { servers: { system: object } }).servers.system, change);
  });
  const response = await requestToken();
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('a token', () => {
  it.each<[string, JsonObject, number, string]>([
    ['grants of another type', { grant_types: ['authorization_code'] }, 400, 'unsupported_grant_type'],
    [
      'another method of authentication',
      { token_endpoint_auth_methods: ['private_key_jwt'] },
      401,
      'invalid_client',
    ],
    ['no clients at all', { settings: { deactivated: true } }, 400, 'unauthorized_client'],
    [
      'a script for all that fails',
      scripted('token_minting', 'system', 'throw new Error()'),
      500,
      'server_error',
    ],
    [
      'a script for the client that fails',
      scripted('client_token_minting', CLIENT_ID, 'throw 1'),
      500,
      'server_error',
    ],
    ['a policy for machines that denies', governed({ server_machine_token: 'no' }), 400, 'access_denied'],
    ['a policy that allows nothing', governed({ server_machine_token: 'never' }), 400, 'access_denied'],
    ['a policy of a scope that denies', withScope('no'), 400, 'access_denied'],
  ])('is refused by a workspace with %s', async (_, change, status, error) => {
    expect(await tokenAfter(change)).toMatchObject({ status, body: { error } });
  });

  it.each<[string, JsonObject]>([
    ['empty lists', { grant_types: [], token_endpoint_auth_methods: [] }],
    ['a script that works', scripted('token_minting', 'system', 'module.exports = async () => ({})')],
    ['a script for another client', scripted('client_token_minting', 'other', 'throw 1')],
    ['a policy that may allow', governed({ server_machine_token: 'sometimes' })],
    ['a policy for people', governed({ server_user_token: 'no' })],
  ])('is issued by a workspace with %s', async (_, change) => {
    expect(await tokenAfter(change)).toMatchObject({ status: 200 });
  });

  it('of a workspace without a lifetime opens nothing', async () => {
    const { status, body } = await tokenAfter({ access_token_ttl: '0s' });
    expect({ status, expires_in: body['expires_in'] }).toEqual({ status: 200, expires_in: 0 });
    const [sandbox] = running as unknown as { url: string }[];
    const response = await fetch(`${sandbox?.url}/api/hub/acme/promote/config`, {
      headers: { authorization: `Bearer ${body['access_token']}` },
    });
    expect(response.status).toBe(401);
  });
});
