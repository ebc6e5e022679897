/** The references between the objects of a dump, which lie in different collections: all ids are collected first. */

import { isObject, type Json, type JsonObject, member } from '../json/json.ts';
import { childPointer } from '../json/pointer.ts';
import { CLIENT_LINKS } from '../model/collections.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import { findingsOf, type ReferenceFindings } from './reference-check.ts';
import type { Reference } from './reference-rules.ts';
import { SYSTEM_WORKSPACE } from './reference-targets.ts';

/** - `workspace`: in the workspace of the object that names it
 * - `tenant`: anywhere in the tenant, since an export of one workspace lacks it */
type DumpScope = 'workspace' | 'tenant';

type Rule = readonly [path: string, target: string, scope: DumpScope];

/** Members that an import needs, by collection: dotted paths, `*` for any element. Pools are in another dump than what names
 * them, APIs of other tenants in none; scopes are names only. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  tenant: [
    ['settings.default_workspace_id', 'servers', 'tenant'],
    ['settings.default_template_id', 'servers', 'tenant'],
  ],
  servers: [
    ['parent_id', 'servers', 'tenant'],
    ['settings.default_client_id', 'clients', 'workspace'],
    ['settings.default_post_authn_ctx_script_id', 'scripts', 'workspace'],
  ],
  servers_bindings: [['dependent', 'servers', 'tenant']],
  services: [['gateway_id', 'gateways', 'workspace']],
  apis: [
    ['service_id', 'services', 'workspace'],
    ['policy_id', 'policies', 'workspace'],
    ['graphql_types.*.policy_id', 'policies', 'workspace'],
    ['graphql_types.*.fields.*.policy_id', 'policies', 'workspace'],
  ],
  policy_execution_points: [['policy_id', 'policies', 'workspace']],
  script_execution_points: [['script_id', 'scripts', 'workspace']],
  gateways: [
    ['default_policy_id', 'policies', 'workspace'],
    ['token_exchange.trusted_idp_ids.*', 'idps', 'workspace'],
  ],
  gateway_api_groups: [
    ['gateway_id', 'gateways', 'workspace'],
    ['service_id', 'services', 'workspace'],
  ],
  idps: [
    ['post_authn_app_id', 'custom_apps', 'workspace'],
    ['workspace_id', 'servers', 'tenant'],
  ],
  theme_bindings: [['theme_id', 'themes', 'tenant']],
  templates: [['theme_id', 'themes', 'tenant']],
  consent_actions: [['consents.*.id', 'consents', 'tenant']],
  users: [['user_pool_id', 'pools', 'tenant']],
  groups: [['user_pool_id', 'pools', 'tenant']],
  user_credentials: [['user_id', 'users', 'tenant']],
  user_identifiers: [['user_id', 'users', 'tenant']],
  user_verifiable_addresses: [['user_id', 'users', 'tenant']],
  group_members: [
    ['user_id', 'users', 'tenant'],
    ['group_id', 'groups', 'tenant'],
  ],
};

/** What a policy execution point is bound to, by the beginning of its type. Scopes are meant by their ids, wherever they lie. */
const POINT_TARGETS: readonly Rule[] = [
  ['server_', 'servers', 'tenant'],
  ['client_', 'clients', 'workspace'],
  ['scope_', 'scopes', 'workspace'],
];

/** Workspaces that every tenant has, whether its export shows them or not. */
const BUILT_IN: ReadonlySet<string> = new Set([SYSTEM_WORKSPACE, 'admin', 'developer']);

export interface DumpReferenceCheck {
  /** @param dump of some collections */
  add(dump: JsonObject): void;
  end(): ReferenceFindings;
}

/** @param whole whether the dump is of the whole tenant: then it must hold what its workspaces share */
export function createDumpReferenceCheck(whole: boolean): DumpReferenceCheck {
  const ids = new Set<string>();
  const references: { readonly reference: Reference<string>; readonly wanted: string }[] = [];
  return {
    add(dump) {
      for (const object of dumpObjectsOf(dump)) {
        for (const id of idsOf(object)) ids.add(id);
        for (const found of referencesIn(object)) {
          if (whole || found.reference.scope === 'workspace') references.push(found);
        }
      }
    },
    end() {
      return findingsOf(
        references.filter(({ wanted }) => !ids.has(wanted)).map(({ reference }) => reference),
      );
    },
  };
}

/** References to nothing of some objects of a whole dump. */
export function danglingIn(dump: JsonObject, isAsked: (object: DumpObject) => boolean): Reference<string>[] {
  const objects = [...dumpObjectsOf(dump)];
  const ids = new Set(objects.flatMap(idsOf));
  return objects
    .filter(isAsked)
    .flatMap((object) => [...referencesIn(object)])
    .filter(({ wanted }) => !ids.has(wanted))
    .map(({ reference }) => reference);
}

/** An address that a reference may have: type, workspace (null for anywhere in the tenant) and id. */
const addressOf = (type: string, workspace: string | null, id: string): string =>
  JSON.stringify([type, workspace, id]);

function idsOf({ type, workspace, body }: DumpObject): string[] {
  const id = member(body, type === 'clients' ? 'client_id' : 'id');
  if (typeof id !== 'string' || id === '') return [];
  const name = type === 'scopes_without_service' ? 'scopes' : type;
  const own = workspace === undefined ? [] : [addressOf(name, workspace, id)];
  return [...own, addressOf(name, null, id)];
}

function* referencesIn(
  object: DumpObject,
): Generator<{ readonly reference: Reference<string>; readonly wanted: string }> {
  const { type, id, workspace, body, pointer } = object;
  const from = { type, id, ...(workspace === undefined ? {} : { workspace }) };
  const rules = Object.hasOwn(RULES, type) ? (RULES[type] as readonly Rule[]) : [];
  for (const [path, target, scope] of [...rules, ...clientRules(type), ...pointRules(object)]) {
    for (const found of valuesAt(body, path.split('.'), pointer)) {
      if (target === 'servers' && BUILT_IN.has(found.id)) continue;
      const home = type === 'servers' ? id : (workspace ?? null);
      yield {
        reference: {
          from,
          pointer: found.pointer,
          target: { type: target, id: found.id },
          scope,
          severity: 'error',
        },
        wanted: addressOf(target, scope === 'workspace' ? home : null, found.id),
      };
    }
  }
}

/** The clients of what serves a workspace live in the workspace `system`. */
const clientRules = (type: string): readonly Rule[] =>
  (Object.hasOwn(CLIENT_LINKS, type) ? (CLIENT_LINKS[type] as readonly string[]) : []).map(
    (path): Rule => [path, 'clients', 'tenant'],
  );

function pointRules({ type, body }: DumpObject): readonly Rule[] {
  if (type !== 'policy_execution_points') return [];
  const point = String(member(body, 'type') ?? '');
  return POINT_TARGETS.filter(([prefix]) => point.startsWith(prefix)).map(
    ([, target, scope]): Rule => ['target_fk', target, scope],
  );
}

/** The texts at a path; none where it is unset. */
function* valuesAt(
  value: Json | undefined,
  path: readonly string[],
  pointer: string,
): Generator<{ readonly id: string; readonly pointer: string }> {
  const [key, ...rest] = path;
  if (key === undefined) {
    if (typeof value === 'string' && value !== '') yield { id: value, pointer };
  } else if (key !== '*') {
    if (isObject(value)) yield* valuesAt(member(value, key), rest, childPointer(pointer, key));
  } else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      yield* valuesAt(value[index], rest, childPointer(pointer, index));
    }
  }
}
