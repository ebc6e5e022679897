import { KEY_USES, keyRotationOf, withKeyRotations, workspacesOf } from '../config/export/key-rotations.ts';
import type { Tenant } from '../tenant/api/tenant.client.ts';

/** Exports the system's dump, with the schedules of key rotation if the enrolment asks for them.
 * @returns bytes of the dump, as the tenant sent it apart from these
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE and the errors of the clients */
export async function exportDump({
  system,
  keyRotation,
}: Pick<Tenant, 'system' | 'keyRotation'>): Promise<Buffer> {
  const dump = await system.exportDump({ withData: false });
  if (keyRotation === undefined) return dump;
  const rotations = [];
  // One by one, because the tenant refuses bursts.
  for (const workspace of workspacesOf(dump)) {
    for (const use of KEY_USES) {
      const rotation = keyRotationOf(workspace, use, await keyRotation.read(workspace.id, use));
      if (rotation !== null) rotations.push(rotation);
    }
  }
  return rotations.length === 0 ? dump : withKeyRotations(dump, rotations);
}
