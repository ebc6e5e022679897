import { isObject, type Json, type JsonObject, member } from '../config/json/json.ts';
import { PROBE_PREFIX, type Scene } from './experiment.ts';

/** Returns the id of an experiment's workspace. */
export const workspaceIdOf = (experiment: string): string => `${PROBE_PREFIX}${experiment}`;

/** A setting of the workspace that no server has by default. */
export const SETTING = { name: 'access_token_ttl', value: '17m0s' } as const;

/** Ids of the two clients: most experiments send one and leave out the other. */
export const sentClient = (id: string): string => `${id}-sent`;
export const omittedClient = (id: string): string => `${id}-omitted`;
const APP = 'app';

/** Returns the workspace of an experiment: two clients, and an application with a client in it. The server generates keys
 * and secrets. */
export const probeWorkspace = (id: string): JsonObject => ({
  name: 'Probe of Tenant Backup',
  description: 'Tenant Backup creates and deletes this workspace to learn how imports behave.',
  [SETTING.name]: SETTING.value,
  clients: { [sentClient(id)]: clientOf('Sent'), [omittedClient(id)]: clientOf('Omitted') },
  custom_apps: {
    [`${id}-${APP}`]: {
      name: 'Probe',
      type: 'post-authn',
      url: 'https://probe.invalid/app',
      client: clientOf('Embedded'),
    },
  },
});

const clientOf = (name: string): JsonObject => ({
  client_name: name,
  grant_types: ['authorization_code'],
  response_types: ['code'],
  redirect_uris: ['https://probe.invalid/callback'],
  token_endpoint_auth_method: 'client_secret_basic',
});

/** Returns a member at a path, or undefined. */
export const at = (value: Json | null | undefined, ...path: string[]): Json | undefined =>
  path.reduce<Json | undefined>((inner, name) => member(inner, name), value ?? undefined);

/** Returns a copy with another value at a path; undefined removes the member. */
export function withValue(
  value: JsonObject,
  path: readonly string[],
  replacement: Json | undefined,
): JsonObject {
  const [name = '', ...rest] = path;
  const inner = member(value, name);
  const next = rest.length === 0 ? replacement : withValue(isObject(inner) ? inner : {}, rest, replacement);
  const others = Object.entries<Json>(value).filter(([other]) => other !== name);
  return Object.fromEntries(next === undefined ? others : [...others, [name, next]]);
}

/** Returns the name of the sent client, which experiments change. */
export const clientName = ({ id, workspace }: Scene): Json | undefined =>
  at(workspace, 'clients', sentClient(id), 'client_name');

/** Returns the index of an element in a collection of a dump; -1 if it is not there. */
export function indexInDump(
  dump: JsonObject | null,
  collection: string,
  name: string,
  value: string,
): number {
  const list = at(dump, collection);
  return Array.isArray(list) ? list.findIndex((element: Json) => member(element, name) === value) : -1;
}

/** Returns the id of the client within the experiment's application, as the dump has it. */
export function embeddedClientId({ id, dump }: Scene): Json | undefined {
  const index = indexInDump(dump, 'custom_apps', 'id', `${id}-${APP}`);
  return at(dump, 'custom_apps', String(index), 'client_id');
}
