/** Changes a dump to what it should be in another tenant. */
import { TenantBackupError } from '../../errors.ts';
import { dumpPlaceOf } from '../change/dump-selection.ts';
import { looksLikeCredential } from '../credentials/lookalike.ts';
import { isBlank } from '../json/blank.ts';
import { isContainer, type JsonObject } from '../json/json.ts';
import { DUMP_COMPARE_CURSOR } from '../model/dump-fields.ts';
import { dumpObjectsOf } from '../model/dump-objects.ts';
import { isAmong, ownersOf, placesOf } from '../model/places.ts';
import type { Warning } from '../model/warning.ts';
import { textChanger } from './change-texts.ts';
import { dumpIdEdits } from './dump-ids.ts';
import { parseTransform, type Transform } from './transform-schema.ts';
import { mentionsOf, transformWarnings } from './transform-warnings.ts';
import { KEEP, mapValues } from './walk-values.ts';

export interface TransformDumpOptions {
  /** Id of the tenant that the dump is for, as every object names it. @default - that of the dump */
  readonly tenantId: string | undefined;
  /** JSON Pointers of secrets that the tables do not know. */
  readonly secretPointers: readonly string[];
  /** Names of the source that the result must not contain. */
  readonly sourceNames: readonly string[];
}

export interface TransformedDump {
  /** Every object is at the place where it was. */
  readonly dump: JsonObject;
  /** JSON Pointers of credentials that are left out. */
  readonly lost: readonly string[];
  readonly warnings: readonly Warning[];
}

/** Members that name a tenant. */
const TENANT_MEMBERS: ReadonlySet<string> = new Set(['tenant_id', 'api_tenant_id', 'policy_tenant_id']);

/** Transforms a dump for another tenant: its id, those of workspaces and clients with every reference, and names in texts.
 * Of people's data it changes only the ids.
 * @param dump of one tenant; not modified
 * @param declared what differs there. @default - nothing but the tenant
 * @throws INVALID_REQUEST if two objects would get the same id */
export function transformDump(
  dump: JsonObject,
  declared: Transform | undefined,
  { tenantId, secretPointers, sourceNames }: TransformDumpOptions,
): TransformedDump {
  const source = tenantOf(dump);
  const isAtHome = source === undefined || tenantId === undefined || source === tenantId;
  if (declared === undefined && isAtHome && sourceNames.length === 0) return { dump, lost: [], warnings: [] };
  const transform = declared ?? parseTransform({});
  const lost: string[] = [];
  const used = new Set<string>();
  const markUsed = (entry: string) => void used.add(entry);
  const { edits, references } = dumpIdEdits(dump, transform.ids, markUsed);
  const changeText = textChanger(transform, markUsed);
  if (source !== undefined && source === transform.tenant.id?.from) markUsed('/tenant/id');
  const secrets = placesOf(secretPointers);
  const result = mapValues(
    dump,
    (value, { pointer, name, marks, inJwk }) => {
      const isTenant = pointer === '/tenant/id' || (TENANT_MEMBERS.has(name) && !marks.freeForm);
      if (isTenant) return value === source ? (tenantId ?? value) : value;
      if (pointer === '/tenant/name' && transform.tenant.name !== undefined) {
        markUsed('/tenant/name');
        return transform.tenant.name;
      }
      const id = edits.get(pointer);
      if (id !== undefined) return id;
      const called = marks.unnamed ? undefined : name;
      if (marks.secret || isAmong(pointer, secrets) || looksLikeCredential(called, value, inJwk)) {
        if (isContainer(value)) return KEEP;
        if (transform.credentials === 'carry' || isBlank(value) || references.has(pointer)) return value;
        lost.push(pointer);
        return /^\d+$/.test(name) ? null : undefined;
      }
      if (typeof value !== 'string') return KEEP;
      // Ids and names that identify an object are no texts.
      return marks.volatile || references.has(pointer) ? value : changeText(value);
    },
    DUMP_COMPARE_CURSOR,
  ) as JsonObject;
  requireDistinct(dump, result);
  return {
    dump: result,
    lost,
    warnings: transformWarnings(transform, used, {
      lost: [],
      mentions: mentionsOf(result, transform, sourceNames).map(placesIn(result)),
    }),
  };
}

/** Returns the id of the tenant that a dump is of. */
function tenantOf(dump: JsonObject): string | undefined {
  for (const { tenant } of dumpObjectsOf(dump)) if (tenant !== undefined) return tenant;
  return undefined;
}

/** Returns a function that names a place of a dump by collection, workspace and id: positions are not stable. */
function placesIn(dump: JsonObject): (pointer: string) => string {
  const names = new Map([...dumpObjectsOf(dump)].map((object) => [object.pointer, dumpPlaceOf(object)]));
  return (pointer) => {
    const owner = [pointer, ...ownersOf(pointer)].find((each) => names.has(each)) ?? '';
    return `${names.get(owner) ?? ''}${pointer.slice(owner.length)}`;
  };
}

/** Refuses to make one object of two. */
function requireDistinct(before: JsonObject, after: JsonObject): void {
  // A key is a JSON list; that of a second object has a number behind it.
  const isSecond = (key: string) => !key.endsWith(']');
  const wasSecond = new Set<string>();
  for (const { key, pointer } of dumpObjectsOf(before)) if (isSecond(key)) wasSecond.add(pointer);
  for (const { key, pointer, type, id } of dumpObjectsOf(after)) {
    if (!isSecond(key) || wasSecond.has(pointer)) continue;
    throw new TenantBackupError('INVALID_REQUEST', `transform: two objects would be called ${type} ${id}`);
  }
}
