import { type ApiOptions, createApi } from './api.client.ts';
import { createHub, type Hub } from './hub.client.ts';
import { createIdentityApi, type IdentityApi } from './identity.client.ts';
import { createSystemApi, type SystemApi } from './system.client.ts';

/** A SecureAuth tenant as we talk to it. The same whether it is reached by a client of its own or by one of the root
 * tenant. */
export interface Tenant {
  readonly hub: Hub;
  readonly system: SystemApi;
  readonly identity: IdentityApi;
}

export function connectTenant(options: ApiOptions): Tenant {
  const api = createApi(options);
  return { hub: createHub(api), system: createSystemApi(api), identity: createIdentityApi(api) };
}
