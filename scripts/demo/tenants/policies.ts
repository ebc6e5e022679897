import type { Json, JsonObject } from '../../sandbox/json.ts';

/** Policies of a workspace by policy id; the ids carry the workspace's, as SecureAuth's own do. */
export const policies = (workspaceId: string): JsonObject => ({
  [`block_${workspaceId}_developer`]: validators('Block Developer', 'developer', [
    { name: 'false', conf: null, recovery: null },
  ]),
  [`mfa_${workspaceId}_user`]: validators('MFA User', 'user', [
    {
      name: 'authentication-factors',
      conf: {
        fields: [{ comparator: 'contains', field: 'login.verified_recovery_methods', value: ['mfa'] }],
      },
      recovery: [{ type: 'mfa' }],
    },
  ]),
  [`fresh-login_${workspaceId}_api`]: rego(
    'Fresh login',
    'api',
    `package acp.authz

default allow = false

# A change needs a login within the last 15 minutes.
allow {
	time.now_ns() / 1000000000 - input.authn_ctx.auth_time < 900
}
`,
  ),
  [`machine_${workspaceId}`]: rego(
    'Machines during office hours',
    'machine',
    `package acp.authz

default allow = false

allow { input.client.metadata.owner != "" }
`,
  ),
});

/** The points at which a workspace runs its policies. */
export const policyExecutionPoints = (workspaceId: string): JsonObject => ({
  server_user_token: `mfa_${workspaceId}_user`,
  server_machine_token: `machine_${workspaceId}`,
});

/** Scripts of a workspace, and the points at which they run. */
export const scripts = (
  workspaceId: string,
  domain: string,
): { scripts: JsonObject; points: JsonObject } => ({
  scripts: {
    [`${workspaceId}-enrich`]: script(
      'Enrich the login',
      `module.exports = async (context) => ({ ...context.authn_ctx, origin: "https://${domain}", "quote's": 'a "b" \\\\ c' });\n`,
    ),
    [`${workspaceId}-token`]: script(
      'Add the customer number',
      `module.exports = async ({ claims }) => ({ access_token: { customer: claims.sub } });\n`,
    ),
  },
  points: {
    post_authn_ctx: { [workspaceId]: { script_id: `${workspaceId}-enrich` } },
    token_minting: { [workspaceId]: { script_id: `${workspaceId}-token` } },
  },
});

const script = (name: string, body: string): JsonObject => ({
  name,
  body,
  env_version: 'v1',
  test_input: '',
});

const validators = (name: string, type: string, list: Json[]): JsonObject => ({
  policy_name: name,
  type,
  language: 'cloudentity',
  definition: '',
  validators: list,
  env_version: '',
  cross_tenant_api_policy_bindings: {},
});

const rego = (name: string, type: string, definition: string): JsonObject => ({
  ...validators(name, type, []),
  language: 'rego',
  definition,
});
