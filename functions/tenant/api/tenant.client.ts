import type { Access } from '../http/token.client.ts';
import { type Api, type ApiOptions, createApi } from './api.client.ts';
import { createHub, type Hub } from './hub.client.ts';
import { createIdentityApi, type IdentityApi } from './identity.client.ts';
import { createKeyRotationApi, type KeyRotationApi } from './key-rotation.client.ts';
import { createSystemApi, type SystemApi } from './system.client.ts';
import { ofWorkspaces } from './workspace-hub.ts';

/** The APIs of a SecureAuth tenant. It is the same for a client of the tenant and for one of the root tenant. If the
 * enrolment lists workspaces, the hub shows only these. */
export interface Tenant {
  readonly hub: Hub;
  readonly system: SystemApi;
  readonly identity: IdentityApi;
  readonly exchange: Api['exchange'];
  /** Only if the enrolment asks for it. */
  readonly keyRotation?: KeyRotationApi;
  /** Authenticates again, with every scope that this software uses.
   * @returns the same tenant with the new tokens; this one keeps its own
   * @throws the errors of `Tokens.get` */
  withNewTokens(): Promise<Tenant>;
}

export function connectTenant(options: ApiOptions): Tenant {
  const api = createApi(options);
  const hub = ofWorkspaces(createHub(api), options.enrolment);
  return {
    hub,
    system: createSystemApi(api),
    identity: createIdentityApi(api),
    exchange: api.exchange,
    ...(options.enrolment.keyRotation && {
      keyRotation: createKeyRotationApi(createApi({ ...options, access: 'keys' })),
    }),
    async withNewTokens() {
      const renewed = { ...options, tokens: options.tokens.empty() };
      for (const access of accessesOf(options)) await createApi({ ...renewed, access }).authenticate();
      return connectTenant(renewed);
    },
  };
}

/** Lists what this software needs of a tenant: to restore, to back up, to read schedules of key rotation. */
const accessesOf = ({ access, enrolment }: ApiOptions): ReadonlySet<Access> =>
  new Set([access, 'read', ...(enrolment.keyRotation ? (['keys'] as const) : [])]);
