/** Generated tenants in which every reference has its target. The references are written down as they are made, apart
 * from the table that finds them. */
import fc from 'fast-check';
import { member, setMember } from '../../functions/config/json/json.ts';
import { formatPointer, parsePointer } from '../../functions/config/json/pointer.ts';
import type { Tree } from './arbitraries.ts';

/** A reference that was made, by the pointers of the member that names and of the object that is named. */
export interface Link {
  readonly from: string;
  readonly to: string;
}

export interface ConsistentTenant {
  readonly tree: Tree;
  readonly links: readonly Link[];
}

type Path = readonly (string | number)[];

/** Ids that need care in JavaScript or in a JSON Pointer, besides plain ones. */
const STEMS = ['constructor', '__proto__', 'a/b', 'c~d', 'plain', 'other'];

export const consistentTenant: fc.Arbitrary<ConsistentTenant> = fc.gen().map((generate) => {
  const tree: Tree = { name: 'Acme', future: { policy_id: 'nobody' } };
  const links: Link[] = [];
  const flip = () => generate(fc.boolean);
  const put = (path: Path, value: unknown): void => {
    const keys = path.map(String);
    const last = keys.pop() as string;
    let place = tree;
    for (const key of keys) {
      if (member(place, key) === undefined) setMember(place, key, {});
      place = member(place, key);
    }
    setMember(place, last, value as never);
  };
  /** Make up to two objects with ids that no other section has. */
  const make = (path: Path, ...before: string[]): string[] => {
    const prefix = before.length > 0 ? `${before.join('.')}.` : '';
    const ids = STEMS.slice(0, generate(fc.nat, { max: 2 })).map((stem) =>
      stem === '__proto__' && prefix === '' ? stem : `${prefix}${stem}`,
    );
    for (const id of ids) put([...path, id], { name: id });
    return ids;
  };
  /** Name one of the objects in a member, or leave the member unset. */
  const name = (path: Path, section: Path, ids: readonly string[]): void => {
    if (ids.length === 0 || flip()) {
      if (flip()) put(path, flip() ? '' : null);
      return;
    }
    const id = ids[generate(fc.nat, { max: ids.length - 1 })] as string;
    put(path, id);
    links.push({ from: formatPointer(path), to: formatPointer([...section, id]) });
  };

  const workspaces = make(['servers'], 'workspace');
  put(['servers', 'system'], { name: 'System' });
  put(['servers', 'system', 'clients', 'worker'], { client_name: 'Worker' });
  const pools = make(['pools'], 'pool');
  const themes = make(['themes'], 'theme');
  const schemas = make(['schemas'], 'schema');
  name(['settings', 'default_workspace_id'], ['servers'], workspaces);
  for (const id of pools) name(['pools', id, 'metadata_schema_id'], ['schemas'], schemas);

  for (const workspace of workspaces) {
    const own = (...path: Path): Path => ['servers', workspace, ...path];
    const policies = make(own('policies'));
    const scripts = make(own('scripts'));
    const clients = make(own('clients'));
    const idps = make(own('idps'), 'idp');
    const apps = make(own('custom_apps'));
    const gateways = make(own('gateways'));
    const services = make(own('services'));
    const ownPools = make(own('pools'), workspace);
    const free = make(own('scopes_without_service'), 'free');
    const points = (path: Path, point: string) =>
      name([...path, 'policy_execution_points', point], own('policies'), policies);

    put(own('claims', 'id_token', 'sub'), { source_path: 'sub' });
    name(own('settings', 'default_client_id'), own('clients'), clients);
    name(own('settings', 'default_post_authn_ctx_script_id'), own('scripts'), scripts);
    name(own('parent_id'), ['servers'], workspaces);
    name(own('theme_binding', 'theme_id'), ['themes'], themes);
    points(own(), 'server_user_token');
    for (const id of ownPools) name(own('pools', id, 'payload_schema_id'), ['schemas'], schemas);
    for (const id of services) {
      const service = own('services', id);
      name([...service, 'gateway_id'], own('gateways'), gateways);
      for (const scope of make([...service, 'scopes'], 'of', id)) {
        points([...service, 'scopes', scope], 'scope_user_grant');
        const claim = own('claims', 'id_token', 'sub', 'scopes', scope);
        put(claim, scope);
        links.push({ from: formatPointer(claim), to: formatPointer([...service, 'scopes', scope]) });
      }
      for (const api of make([...service, 'apis'])) {
        name([...service, 'apis', api, 'policy_id'], own('policies'), policies);
        const types = [...service, 'apis', api, 'graphql_types', 0];
        name([...types, 'policy_id'], own('policies'), policies);
        name([...types, 'fields', 1, 'policy_id'], own('policies'), policies);
      }
    }
    for (const id of free) points(own('scopes_without_service', id), 'scope_machine_grant');
    for (const id of clients) {
      points(own('clients', id), 'client_user_token');
      name(own('clients', id, 'scopes', 0), own('scopes_without_service'), free);
      for (const scope of flip() ? free : []) {
        const path = own('clients', id, 'privacy', 'scopes', scope);
        put(path, { purpose: 'mail' });
        links.push({ from: formatPointer(path), to: formatPointer(own('scopes_without_service', scope)) });
      }
    }
    for (const id of idps) {
      const [where, which] = flip() ? [own('pools'), ownPools] : [['pools'], pools];
      name(own('idps', id, 'identity_pool_id'), where, which);
      name(own('idps', id, 'jit', 'provisioning', 'pool_id'), ['pools'], pools);
      name(own('idps', id, 'workspace_id'), ['servers'], workspaces);
      name(own('idps', id, 'post_authn_app_id'), own('custom_apps'), apps);
    }
    for (const id of gateways) {
      const gateway = own('gateways', id);
      name([...gateway, 'default_policy_id'], own('policies'), policies);
      name([...gateway, 'token_exchange', 'trusted_idp_ids', 0], own('idps'), idps);
      const [where, which] = flip()
        ? [own('clients'), clients]
        : [['servers', 'system', 'clients'], ['worker']];
      name([...gateway, 'token_exchange_client_id'], where, which);
      for (const group of make([...gateway, 'gateway_api_groups'])) {
        name([...gateway, 'gateway_api_groups', group, 'service_id'], own('services'), services);
      }
    }
    for (const other of flip() ? workspaces : []) {
      const path = own('servers_bindings', other);
      put(path, true);
      links.push({ from: formatPointer(path), to: formatPointer(['servers', other]) });
    }
    for (const [point, target, section] of [
      ['token_minting', workspace, ['servers']],
      ...clients.map((id) => ['client_token_minting', id, own('clients')] as const),
    ] as const) {
      const path = own('script_execution_points', point, target);
      const before = links.length;
      name([...path, 'script_id'], own('scripts'), scripts);
      if (links.length === before) continue;
      links.push({ from: formatPointer(path), to: formatPointer([...section, target]) });
    }
  }
  return { tree, links };
});

/** A copy of a tree without the member at a pointer. */
export function withoutMember(tree: Tree, pointer: string): Tree {
  const copy = structuredClone(tree);
  const keys = parsePointer(pointer) as string[];
  const last = keys.pop() as string;
  const holder = keys.reduce<Tree>((place, key) => member(place, key), copy);
  delete holder[last];
  return copy;
}

/** Whether a pointer names a place, or one inside of it. */
export const isWithin = (pointer: string, place: string): boolean =>
  pointer === place || pointer.startsWith(`${place}/`);
