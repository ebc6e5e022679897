import { takeSafetyBackup } from '../backup/take-backup.ts';
import type { Json } from '../config/json-value.ts';
import type { Operation } from './work.ts';

/** Make the safety backup of the tenant that is about to be written to.
 * @returns each part as the backup holds it, in the order of `Work.parts`. Hold secrets
 * @throws everything that `takeSafetyBackup` throws; then nothing was written to the tenant */
export async function saveState({ work, tools, journal }: Operation): Promise<Json[]> {
  const { tenant, enrolment, apis, parts } = work;
  await journal.enter('saving');
  const scheduledTime = `${tools.now().toISOString().slice(0, 19)}Z`;
  const names = parts.map(({ part }) => part);
  const taken = await takeSafetyBackup({ tenant, scheduledTime, enrolment, apis }, names, tools);
  await journal.enter('saved', { safetyBackup: taken.versionId });
  return parts.map(({ part, parse }) => parse(taken.exported.get(part) as Buffer));
}
