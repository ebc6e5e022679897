/** The schedules of automatic key rotation as a collection of a system dump: SecureAuth shows them one by one, and in no
 * export. The collection holds those that are enabled, because a schedule cannot be deleted, only disabled. */
import { TenantBackupError } from '../../errors.ts';
import { MAX_DEPTH, parseJson, stringifyJson } from '../json/json.ts';
import { jsonPieces } from '../json/json-pieces.ts';
import { isObject, type Json, type JsonObject, member } from '../json/json-value.ts';

/** Name of the collection. */
export const KEY_ROTATIONS = 'automatic_key_rotations';

/** Each use of a workspace's keys, signing and encryption, has its own schedule. */
export const KEY_USES = ['sig', 'enc'] as const;

/** A workspace of a dump, which has an id. */
export interface DumpWorkspace {
  readonly id: string;
  readonly tenantId: Json | undefined;
}

/** Lists the workspaces of a dump. It parses only these of a large dump. */
export function workspacesOf(dump: Uint8Array): DumpWorkspace[] {
  const piece = jsonPieces(dump, [])?.members.get('servers');
  const servers = piece === undefined ? member(parseJson(dump), 'servers') : parseJson(piece, MAX_DEPTH - 1);
  if (!Array.isArray(servers)) return [];
  return servers.flatMap((server) => {
    const id = member(server, 'id');
    return typeof id === 'string' ? [{ id, tenantId: member(server, 'tenant_id') }] : [];
  });
}

/** Makes an element of the collection.
 * @param answer bytes of the schedule, as SecureAuth sent it
 * @returns null if the schedule is not enabled
 * @throws EXPORT_MALFORMED unless it is a schedule */
export function keyRotationOf(
  { id, tenantId }: DumpWorkspace,
  use: string,
  answer: Uint8Array,
): JsonObject | null {
  const schedule = parseJson(answer);
  const [enabled, cron] = [member(schedule, 'enabled'), member(schedule, 'cron')];
  if (!isObject(schedule) || typeof enabled !== 'boolean' || (enabled && typeof cron !== 'string')) {
    throw new TenantBackupError(
      'EXPORT_MALFORMED',
      `key rotation (${use}) of workspace ${id} must have enabled, and then cron`,
      { workspace: id },
    );
  }
  const { scheduled_at: _next, ...rest } = schedule;
  return enabled
    ? { ...rest, ...(tenantId !== undefined && { tenant_id: tenantId }), server_id: id, use }
    : null;
}

/** Adds the collection to a dump that has workspaces.
 * @param dump bytes of a JSON object that is not empty */
export const withKeyRotations = (dump: Uint8Array, rotations: readonly JsonObject[]): Buffer =>
  Buffer.concat([
    dump.subarray(0, dump.lastIndexOf(CLOSE_BRACE)),
    Buffer.from(`,"${KEY_ROTATIONS}":${stringifyJson(rotations)}}`),
  ]);

const CLOSE_BRACE = 0x7d;

/** Takes the collection out of a dump. */
export function takeKeyRotations(dump: JsonObject): {
  readonly rest: JsonObject;
  readonly rotations: readonly JsonObject[];
} {
  const { [KEY_ROTATIONS]: rotations, ...rest } = dump;
  return { rest, rotations: Array.isArray(rotations) ? rotations.filter(isObject) : [] };
}
