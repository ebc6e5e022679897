/** Many warm backups in one process, as one container would take them: does memory grow?
 *
 *     node scripts/bench/soak-child.ts TENANT...
 *
 * The environment is that of the backup function. Prints a line of JSON. */
import { backup } from '../../functions/backup/backup.ts';
import { parseBackupRequest } from '../../functions/backup/request.ts';
import { createClients } from '../../functions/runtime/clients.ts';

const tenants = process.argv.slice(2);
const clients = createClients();
const scheduledTime = `${new Date().toISOString().slice(0, 19)}Z`;

const levels: Record<number, number> = {};
let failed = 0;
for (const [index, tenant] of tenants.entries()) {
  const number = index + 1;
  const request = parseBackupRequest(JSON.stringify({ tenant, tier: 'daily', scheduledTime }));
  await backup(request, { ...clients, send: async () => {} }).catch(() => failed++);
  if (number % 100 === 0) levels[number] = process.memoryUsage.rss();
}
process.stdout.write(
  `${JSON.stringify({ levels, failed, peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`,
);
