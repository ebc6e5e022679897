/** One function's work on the largest export that it accepts, in a process of its own.
 *
 *     node scripts/bench/memory-child.ts VERB FOLDER URL
 *
 * URL serves the exports of a tenant, and takes imports, see memory-tools.ts. `backup` leaves `archive.tar` in FOLDER, for the
 * others. Prints one line of JSON. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { changeBetween } from '../../functions/audit/night-change.ts';
import { readBackup } from '../../functions/audit/open-configuration.ts';
import { takeBackup } from '../../functions/backup/take-backup.ts';
import { plan } from '../../functions/plan/plan.ts';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import { restore } from '../../functions/restore/restore.ts';
import { parseRestoreRequest } from '../../functions/restore/source/request.ts';
import { trustedKeysOf } from '../../functions/vault/keys/key-registry.ts';
import { memoryTools, TENANT } from './memory-tools.ts';

const [verb = '', folder = '', url = ''] = process.argv.slice(2);
const archive = join(folder, 'archive.tar');
const tools = memoryTools(
  url,
  () => readFileSync(archive),
  (bytes) => verb === 'backup' && writeFileSync(archive, bytes),
);
const version = { tier: 'manual', tenant: TENANT, versionId: 'version' } as const;

const VERBS: Readonly<Record<string, () => Promise<unknown>>> = {
  async backup() {
    const enrolment = await tools.enrolments.get(TENANT);
    const apis = tools.connect(enrolment, 'read', 'bench');
    const scheduledTime = '2026-01-31T02:00:00Z';
    return takeBackup({ tenant: TENANT, tier: 'manual', scheduledTime, enrolment, apis }, {}, tools);
  },

  async restore() {
    const { verdict } = await restore(parseRestoreRequest({ tenant: TENANT }, new Date()), tools);
    if (verdict !== 'verified') throw new Error(`the restore says ${verdict}`);
  },

  async plan() {
    const { isEmpty } = await plan(parsePlanRequest({ tenant: TENANT }, new Date()), tools);
    if (isEmpty) throw new Error('nothing was found to differ');
  },

  async audit() {
    const opener = tools.sealer.opener(trustedKeysOf(await tools.keyRegistry.list(), TENANT));
    const older = await readBackup(version, opener, tools);
    const before = await older.openConfigurations();
    const newer = await readBackup(version, opener, tools);
    const change = changeBetween(before, await newer.openConfigurations(), version.versionId);
    if (change === null || change.compared === 0) throw new Error('nothing was compared');
  },
};

await VERBS[verb]?.();
process.stdout.write(`${JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`);
process.exit();
