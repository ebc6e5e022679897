/** Identifies the elements of a dump, so that the objects of one dump can be found in another. */
import { DUMP_COLLECTIONS, type DumpCollection } from './collections.ts';

const ofPool = (...identity: string[]): DumpCollection => ({
  identity: ['tenant_id', 'user_pool_id', ...identity],
  workspace: [],
  tenant: 'tenant_id',
  runtime: false,
});

/** All known collections of an identity dump. */
export const IDENTITY_COLLECTIONS: Readonly<Record<string, DumpCollection>> = {
  // A pool of an organisation names its workspace; all others belong to the tenant.
  pools: { ...ofPool(), identity: ['tenant_id', 'id'], workspace: ['workspace_id'] },
  schemas: { ...ofPool(), identity: ['tenant_id', 'id'] },
  users: ofPool('id'),
  user_credentials: ofPool('id'),
  user_identifiers: ofPool('id'),
  user_verifiable_addresses: ofPool('id'),
  groups: ofPool('id'),
  group_members: ofPool('group_id', 'user_id'),
  codes: { ...ofPool('id'), runtime: true },
};

/** The known collections of both kinds of dump. */
export const ALL_COLLECTIONS: Readonly<Record<string, DumpCollection>> = {
  ...DUMP_COLLECTIONS,
  ...IDENTITY_COLLECTIONS,
};

export const collectionOf = (name: string): DumpCollection | undefined => entryOf(ALL_COLLECTIONS, name);

/** Looks up own members only: a collection may have any name. */
const entryOf = <Entry>(table: Readonly<Record<string, Entry>>, name: string): Entry | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** Members that identify an object in its workspace better than its id: the ids of scopes and claims are random, and
 * an import from a tree generates new ones. */
export const NATURAL_NAMES: Readonly<Record<string, readonly string[]>> = {
  claims: ['type', 'name'],
  scopes_without_service: ['name'],
  scopes: ['name'],
  // The id of an API consists of its service, method and path.
  apis: ['service_id', 'id'],
};

/** A list inside an element whose elements are objects of their own. */
export interface NestedCollection {
  readonly member: string;
  readonly type: string;
  /** Members that identify an element inside its owner. */
  readonly identity: readonly string[];
}

/** The lists whose elements are objects of their own: what a service offers. APIs and authorization details also have
 * top-level collections, and no page documents which of the two an export fills: both count as the same type.
 * All other lists stay in the body of their element: they are links (`consent_actions[].consents`,
 * `gateway_api_groups[].apis`) or runtime data. */
const NESTED_COLLECTIONS: Readonly<Record<string, readonly NestedCollection[]>> = {
  services: [
    { member: 'scopes', type: 'scopes', identity: ['name'] },
    { member: 'apis', type: 'apis', identity: ['id'] },
    { member: 'authorization_details', type: 'authorization_details', identity: ['id'] },
  ],
};

export const naturalNamesOf = (name: string): readonly string[] | undefined => entryOf(NATURAL_NAMES, name);
export const nestedIn = (name: string): readonly NestedCollection[] =>
  entryOf(NESTED_COLLECTIONS, name) ?? [];
