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
  const saved: Json[] = [];
  const readers = parts.map(({ part, parse }, index) => {
    const read = (exported: Buffer) => {
      saved[index] = parse(exported);
    };
    return [part, read] as const;
  });
  const target = { tenant, scheduledTime, enrolment, apis };
  const { versionId } = await takeSafetyBackup(target, new Map(readers), tools);
  await journal.enter('saved', { safetyBackup: versionId });
  return saved;
}
