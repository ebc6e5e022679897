import { type ApiOptions, createApi } from './api.client.ts';
import { createHub, type Hub } from './hub.client.ts';
import { createIdentityApi, type IdentityApi } from './identity.client.ts';
import { createSystemApi, type SystemApi } from './system.client.ts';
import { ofWorkspaces } from './workspace-hub.ts';

/** A SecureAuth tenant as we talk to it. The same whether it is reached by a client of its own or by one of the root
 * tenant. Where its enrolment lists workspaces, the hub shows only these. */
export interface Tenant {
  readonly hub: Hub;
  readonly system: SystemApi;
  readonly identity: IdentityApi;
}

export function connectTenant(options: ApiOptions): Tenant {
  const api = createApi(options);
  const hub = ofWorkspaces(createHub(api), options.enrolment);
  return { hub, system: createSystemApi(api), identity: createIdentityApi(api) };
}
