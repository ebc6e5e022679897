import { parseExport } from '../backup/export.ts';
import { takeSafetyBackup } from '../backup/take-backup.ts';
import type { Json } from '../config/json-value.ts';
import type { Operation } from './work.ts';

/** Make the safety backup of the tenant that is about to be written to.
 * @returns the tenant as the backup holds it, with its secrets
 * @throws everything that `takeSafetyBackup` throws; then nothing was written to the tenant */
export async function saveState({ work, tools, journal }: Operation): Promise<Json> {
  const { tenant, enrolment, apis } = work;
  await journal.enter('saving');
  const scheduledTime = `${tools.now().toISOString().slice(0, 19)}Z`;
  const taken = await takeSafetyBackup({ tenant, scheduledTime, enrolment, apis }, tools);
  await journal.enter('saved', { safetyBackup: taken.versionId });
  return parseExport(taken.exported);
}
