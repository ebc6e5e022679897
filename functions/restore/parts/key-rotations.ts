/** Writes the schedules of key rotation that a system dump holds: each has a request of its own. */
import { KEY_ROTATIONS, takeKeyRotations } from '../../config/export/key-rotations.ts';
import { isObject, type JsonObject, stringifyJson } from '../../config/json/json.ts';
import { dumpObjectsOf } from '../../config/model/dump-objects.ts';
import { TenantBackupError } from '../../errors.ts';
import type { KeyUse } from '../../tenant/api/key-rotation.client.ts';
import type { Tenant } from '../../tenant/api/tenant.client.ts';
import type { Enrolment } from '../../tenant/enrolment/enrolment.ts';
import type { ImportMode } from '../../tenant/http/import-mode.ts';

/** Refuses to write schedules without the API for them.
 * @throws INVALID_REQUEST */
export function requireKeyRotation(
  document: JsonObject | null,
  { keyRotation }: Pick<Enrolment, 'keyRotation'>,
): void {
  const { rotations } = takeKeyRotations(document ?? {});
  if (rotations.length === 0 || keyRotation) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `the enrolment must have keyRotation to write ${rotations.length} ${KEY_ROTATIONS}, or the selection must exclude this type`,
    { rotations: rotations.length },
  );
}

/** Imports a system dump, and then its schedules of key rotation. */
export async function importSystem(
  { system, keyRotation }: Tenant,
  dump: JsonObject,
  mode: ImportMode,
): Promise<void> {
  const { rest, rotations } = takeKeyRotations(dump);
  if (Object.keys(rest).length > 0) await system.importDump(stringifyJson(rest), { mode });
  for (const { tenant_id: _tenant, server_id, use, ...schedule } of rotations) {
    await keyRotation?.write(String(server_id), use as KeyUse, stringifyJson(schedule));
  }
}

/** Disables removed schedules, because no request deletes them.
 * @param removed keys of the objects to remove from the live dump
 * @returns a dump that disables them, and the keys of all others; null if there is no schedule among them */
export function disableRemoved(
  live: JsonObject,
  removed: ReadonlySet<string>,
): { readonly dump: JsonObject; readonly others: ReadonlySet<string> } | null {
  const gone = [...dumpObjectsOf(live)].filter(({ type, key }) => type === KEY_ROTATIONS && removed.has(key));
  if (gone.length === 0) return null;
  const disabled = gone.flatMap(({ body }) => (isObject(body) ? [{ ...body, enabled: false }] : []));
  return {
    dump: { [KEY_ROTATIONS]: disabled },
    others: removed.difference(new Set(gone.map(({ key }) => key))),
  };
}
