/** Changes a dump to what it should be in another tenant. */
import { looksLikeCredential } from '../credentials/lookalike.ts';
import { isBlank } from '../json/blank.ts';
import { isContainer, isObject, type JsonObject, member } from '../json/json.ts';
import { parsePointer } from '../json/pointer.ts';
import { isBesideTree, isOfOneTenant, isOnRequest } from '../model/coverage.ts';
import { DUMP_CURSOR } from '../model/dump-fields.ts';
import { dumpObjectsOf, tenantOfDump } from '../model/dump-objects.ts';
import type { Warning } from '../model/warning.ts';
import { textChanger } from './change-texts.ts';
import { parseTransform, type Transform } from './transform-schema.ts';
import { KEEP, mapValues } from './walk-values.ts';

/** What a dump restores after the hub. */
export interface DumpBesideHub {
  readonly dump: JsonObject;
  /** The types of these objects. */
  readonly isOwnType: (type: string) => boolean;
  readonly warnings: readonly Warning[];
}

/** Prepares what a dump adds to the hub.
 * @param into id of another tenant. @default - the tenant of the dump
 * @param secretPointers of secrets that the tables do not know; the result has them in the same places
 * @param hasKeyRotation whether the enrolment names the API of key rotation */
export function dumpBesideHub(
  dump: JsonObject,
  transform: Transform | undefined,
  into: string | undefined,
  secretPointers: readonly string[],
  hasKeyRotation: boolean,
): DumpBesideHub {
  const isBound = (type: string) => into !== undefined && isOfOneTenant(type);
  const isUnreachable = (type: string) => !hasKeyRotation && isOnRequest(type);
  const isOwnType = (type: string) => isBesideTree(type) && !isBound(type) && !isUnreachable(type);
  const isAsItIs = into === undefined && transform === undefined;
  const made = isAsItIs
    ? { dump, lost: [] }
    : transformDump(dump, transform ?? parseTransform({}), into, secretPointers);
  const lost = made.lost.filter((pointer) => isOwnType(parsePointer(pointer)?.[0] ?? ''));
  const countOf = (isMeant: (type: string) => boolean) =>
    [...dumpObjectsOf(dump)].filter(({ type }) => isMeant(type)).length;
  return {
    dump: made.dump,
    isOwnType,
    warnings: [
      ...warning('CREDENTIALS_LOST', lost.length, 'credentials of the part system have to be entered again'),
      ...warning(
        'TENANT_BOUND',
        countOf(isBound),
        'roles and vanity domains are left out: roles are of people of their tenant, and a domain leads to one tenant',
      ),
      ...warning(
        'KEY_ROTATION_ABSENT',
        countOf(isUnreachable),
        'schedules of key rotation are left out: the enrolment has no keyRotation',
      ),
    ],
  };
}

const warning = (code: Warning['code'], count: number, message: string): Warning[] =>
  count === 0 ? [] : [{ code, pointers: [], message: `${count} ${message}` }];

/** Members that name a workspace. */
const WORKSPACE_LINKS: ReadonlySet<string> = new Set([
  'server_id',
  'authorization_server_id',
  'workspace_id',
]);

/** Transforms a dump, as `transformTree` does a tree. Every object of a dump names its tenant.
 * @returns with the JSON Pointers of credentials that it leaves out */
function transformDump(
  dump: JsonObject,
  transform: Transform,
  into: string | undefined,
  secretPointers: readonly string[],
): { readonly dump: JsonObject; readonly lost: readonly string[] } {
  const source = tenantOfDump(dump);
  const { workspaces, clients } = transform.ids;
  const idsOf = (name: string): Readonly<Record<string, string>> =>
    WORKSPACE_LINKS.has(name) ? workspaces : name === 'client_id' ? clients : {};
  const secrets = new Set(secretPointers);
  const changeText = textChanger(transform, () => {});
  const lost: string[] = [];
  const changed = mapValues(
    dump,
    (value, { pointer, name, marks, inJwk }) => {
      if (name === 'tenant_id' || pointer === '/tenant/id') return value === source ? (into ?? value) : value;
      const called = marks.unnamed ? undefined : name;
      if (marks.secret || secrets.has(pointer) || looksLikeCredential(called, value, inJwk)) {
        if (transform.credentials === 'carry' || isBlank(value)) return value;
        if (isContainer(value)) return KEEP;
        lost.push(pointer);
        return /^\d+$/.test(name) ? null : undefined;
      }
      if (typeof value !== 'string') return KEEP;
      const ids = idsOf(name);
      if (Object.hasOwn(ids, value)) return ids[value] as string;
      // An id that names an object is no text.
      return name === 'id' || name.endsWith('_id') ? value : changeText(value);
    },
    DUMP_CURSOR,
  ) as JsonObject;
  return { dump: withIdsOf(changed, workspaces), lost };
}

/** Renames the workspaces themselves. */
function withIdsOf(dump: JsonObject, workspaces: Readonly<Record<string, string>>): JsonObject {
  const servers = member(dump, 'servers');
  if (!Array.isArray(servers)) return dump;
  return {
    ...dump,
    servers: servers.map((server) => {
      const id = member(server, 'id');
      return isObject(server) && typeof id === 'string' && Object.hasOwn(workspaces, id)
        ? { ...server, id: workspaces[id] as string }
        : server;
    }),
  };
}
