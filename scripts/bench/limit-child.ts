/** One function's work on the largest export that it accepts, in a process of its own.
 *
 *     node scripts/bench/limit-child.ts backup FOLDER URL
 *     node scripts/bench/limit-child.ts restore FOLDER
 *
 * URL serves the bodies of the two exports, `/full.json` and `/mask.json`, which lie in FOLDER. `backup` leaves
 * `archive.tar` there, for `restore`. Prints one line of JSON. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseExport } from '../../functions/backup/export.ts';
import { planChanges } from '../../functions/config/change-set.ts';
import { stringifyJson } from '../../functions/config/json.ts';
import { prove } from '../../functions/restore/proof.ts';
import { keepYoungGenerationSmall } from '../../functions/runtime/heap.ts';
import { createHttp } from '../../functions/tenant/http.client.ts';
import { product } from './seal-work.ts';

const [kind, folder = '', url = ''] = process.argv.slice(2);
const archive = join(folder, 'archive.tar');
const read = (which: string) => readFileSync(join(folder, `${which}.json`));

/** From the answers of the tenant's API to the archive that goes up. */
async function backup(): Promise<void> {
  const patience = { connectMilliseconds: 5_000, headersMilliseconds: 60_000, bodyMilliseconds: 60_000 };
  const http = createHttp({ ...patience, maxBodyBytes: 2 ** 30 });
  const { seal } = product(
    async (which) => (await http.send({ method: 'GET', url: new URL(`${which}.json`, url) })).body,
  );
  writeFileSync(archive, await seal());
}

/** Everything that a restore of the whole tenant has in memory at one time, on a tenant in which all but one object are as
 * in the backup. */
async function restore(): Promise<void> {
  const ours = product(read);
  const source = await ours.open(readFileSync(archive));
  const live = parseExport(read('full'));
  const changes = planChanges(source, live, { mode: 'update', credentials: 'restore' });
  // The safety backup, which keeps the export.
  const exported = read('full');
  await ours.seal();
  const before = parseExport(exported);
  const text = stringifyJson(source);
  const after = parseExport(read('full'));
  prove(changes, after);
  if (text.length === 0 || before === null) throw new Error('nothing was restored');
}

keepYoungGenerationSmall();
await (kind === 'backup' ? backup() : restore());
process.stdout.write(`${JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`);
process.exit();
