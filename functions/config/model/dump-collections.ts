/** What identifies the elements of a dump, so that the objects of two dumps can be found in each other. */
import { DUMP_COLLECTIONS, type DumpCollection } from './collections.ts';

const ofPool = (...identity: string[]): DumpCollection => ({
  identity: ['tenant_id', 'user_pool_id', ...identity],
  workspace: [],
  tenant: 'tenant_id',
  runtime: false,
});

/** Every collection of an identity dump that is known. */
export const IDENTITY_COLLECTIONS: Readonly<Record<string, DumpCollection>> = {
  // A pool of an organisation names its workspace; all others are the tenant's own.
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

/** Never something inherited: collections may be called anything. */
const entryOf = <Entry>(table: Readonly<Record<string, Entry>>, name: string): Entry | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** Members that identify an object in its workspace better than its id does: the ids of scopes and claims are random, and an
 * import from a tree makes them anew. */
export const NATURAL_NAMES: Readonly<Record<string, readonly string[]>> = {
  claims: ['type', 'name'],
  scopes_without_service: ['name'],
  scopes: ['name'],
  // Ids of APIs are made of their service, method and path.
  apis: ['service_id', 'id'],
};

/** A list inside an element whose elements are objects of their own. */
export interface NestedCollection {
  readonly member: string;
  readonly type: string;
  /** Members that identify an element inside its owner. */
  readonly identity: readonly string[];
}

/** The lists that are objects of their own: what a service offers. APIs and authorization details also have top-level
 * collections, and which of the two an export fills is documented nowhere: both count as the same type.
 *
 * All other lists stay in the body of the element that they lie in: they are links (`consent_actions[].consents`,
 * `gateway_api_groups[].apis`) or belong to what happens at runtime. */
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
