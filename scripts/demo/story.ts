import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackArchive } from '../../functions/vault/format/archive.ts';
import type { VaultVersion } from '../../functions/vault/storage/vault.client.ts';
import { deployStack } from '../local/deploy.ts';
import type { LocalAws } from '../local/local-aws.ts';
import type { JsonObject } from '../sandbox/json.ts';
import type { Sandbox, TenantAccess } from '../sandbox/sandbox.ts';
import type { Narrator } from '../terminal/narrator.ts';
import { table, wrap } from '../terminal/table.ts';
import { damage } from './damage.ts';
import { type Deployment, openDeployment } from './deployment.ts';
import { type LeakSearch, searchForSecrets } from './leaks.ts';
import { awaitBackups, dailyAt, nextNight, reschedule } from './nightly.ts';
import { differencesBetween } from './sameness.ts';
import { credentialValues } from './tenants.ts';

/** The stage of the demonstration. */
export interface Stage {
  readonly localAws: LocalAws;
  readonly sandbox: Sandbox;
  readonly tenants: readonly TenantAccess[];
  readonly narrator: Narrator;
  /** For archives that are downloaded, so that a reader can look at them. */
  readonly folder: string;
}

/** Deploys the stack with a nightly schedule that is due within the minute, and enrols the tenants. */
export async function setUp({ localAws, tenants, narrator }: Stage): Promise<Deployment> {
  narrator.chapter(
    'Set up',
    'The same stack as on AWS: schedules, queue, functions, two KMS keys, the vault.',
  );
  const outputs = await narrator.step('deploy the stack with the CDK', (report) =>
    deployStack({
      localAws,
      report,
      // Deleting the stack of a trial deletes its data, and its retries are quick.
      context: { tenantBackup: { removal: 'destroy', retryDelaySeconds: 2 } },
    }),
  );
  const deployment = openDeployment(localAws, outputs);
  await narrator.step(
    `enrol ${tenants.length} tenants: one secret each, tagged with their schedule`,
    async () => {
      for (const { id, issuer, clients } of tenants) {
        const [client] = clients;
        if (!client) throw new Error(`tenant ${id} has no client that may read its configuration`);
        const { clientId, clientSecret } = client;
        const enrolment = { issuer, clientId, clientSecret, parts: ['hub', 'system'] };
        await deployment.enrolments.add(id, JSON.stringify(enrolment), 'nightly');
      }
    },
  );
  return deployment;
}

/** Waits for the scheduled backups, and shows the vault. */
export async function nightlyBackups(
  { tenants, narrator, folder }: Stage,
  deployment: Deployment,
): Promise<VaultVersion[]> {
  narrator.chapter(
    'The night',
    'The schedule starts; each tenant is exported, sealed and stored on its own.',
  );
  const dueAt = nextNight(new Date());
  const usual = await reschedule(deployment, dailyAt(dueAt));
  narrator.show(`deployed as ${usual}, brought forward to ${dueAt.toISOString().slice(11, 16)} UTC`);
  const versions = await narrator.step('nightly backups', (report) =>
    awaitBackups(
      deployment,
      tenants.map(({ id }) => id),
      dueAt,
      report,
    ),
  );
  await reschedule(deployment, usual);
  const rows = await Promise.all(
    versions.map(async (version) => {
      const bytes = await deployment.vault.get(version, { maxBytes: version.sizeBytes });
      const { manifest } = unpackArchive(bytes);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, `${version.tenant}.tar`), bytes);
      const objects = Object.values(manifest.objects).reduce((sum, count) => sum + count, 0);
      const credentials = Object.values(manifest.credentials).reduce((sum, count) => sum + count, 0);
      return [
        `${version.tier}/${version.tenant}.tar`,
        version.versionId.slice(0, 12),
        version.storedAt.toISOString().slice(0, 19).replace('T', ' '),
        `${(version.sizeBytes / 1000).toFixed(0)} kB`,
        String(objects),
        String(credentials),
        manifest.parts.map(({ name }) => name).join(' + '),
      ];
    }),
  );
  narrator.show(
    table(['in the vault', 'version', 'stored (UTC)', 'size', 'objects', 'secrets', 'sealed parts'], rows),
  );
  const copies = (await Promise.all(tenants.map(({ id }) => deployment.versionsOf(id)))).flat();
  const tiers = [...new Set(copies.map(({ tier }) => tier))].filter((tier) => tier !== 'daily');
  narrator.show(`as the first backups of their week, month and year, they are copied to ${tiers.join(', ')}`);
  return versions;
}

/** Searches for every secret of every tenant in everything that the backups wrote. */
export async function proveNoLeaks(
  { localAws, sandbox, tenants, narrator }: Stage,
  deployment: Deployment,
): Promise<LeakSearch> {
  const secrets = tenants.flatMap(({ id }) => credentialValues(sandbox.tenant(id)));
  const search = await narrator.step(
    'search for the tenants’ secrets in every file, log line and message',
    () => searchForSecrets(localAws, deployment, secrets),
  );
  narrator.show(
    `${search.secrets} secrets, in any encoding, searched for in ${search.files} files, ${search.logLines} log lines and ` +
      `${search.messages} messages: found in ${search.found.length === 0 ? 'none' : search.found.join(', ')}`,
  );
  return search;
}

/** The result of the restore of a damaged tenant. */
export interface Recovery {
  readonly tenant: string;
  readonly compared: number;
  readonly equal: number;
  readonly safetyBackup: string | null;
  /** JSON Pointers of differences from the state before the damage, found without the product's code. */
  readonly differences: readonly string[];
}

/** Damages a tenant badly, restores it, and compares it with the state before. */
export async function damageAndRestore(
  { sandbox, tenants, narrator }: Stage,
  deployment: Deployment,
): Promise<Recovery> {
  const [victim] = tenants;
  if (!victim) throw new Error('the demonstration needs at least one tenant');
  const tenant = victim.id;
  const before = sandbox.tenant(tenant);
  narrator.chapter(
    'The morning after',
    `An administrator "cleans up" the tenant ${tenant}. SecureAuth has no undo.`,
  );
  let stories: string[] = [];
  sandbox.changeTenant(tenant, (tree) => {
    stories = damage(tree, victim.clients[0]?.clientId ?? '');
  });
  narrator.show(stories.map((story) => `✂ ${story}`).join('\n'));
  const damaged = differencesBetween(before, sandbox.tenant(tenant)).length;
  if (damaged === 0) throw new Error('the damage changed nothing: there would be nothing to restore');
  narrator.show(`${damaged} values changed`);

  narrator.chapter(
    'Restore',
    `What an operator does: aws lambda invoke … --payload '{"tenant":"${tenant}"}'`,
  );
  const preview = await narrator.step('dry run: what would a restore change?', () =>
    deployment.restore({ tenant, dryRun: true }),
  );
  narrator.show(
    `${preview.compared - preview.equal} of ${preview.compared} objects differ from last night's backup`,
  );
  const report = await narrator.step('restore: safety backup, import, export again, compare', () =>
    deployment.restore({ tenant }),
  );
  narrator.show(
    `compared ${report.compared} objects, equal ${report.equal}; safety backup ${report.safetyBackup}`,
  );
  const counts = Object.entries(report.objects).map(
    ([type, { compared, equal }]) => `${type} ${equal}/${compared}`,
  );
  narrator.show(wrap(counts, 100));
  narrator.show(
    `skipped: ${report.leftOut.join(', ') || 'nothing'} (the client this restore authenticates with)`,
  );
  const differences = differencesBetween(before, sandbox.tenant(tenant));
  narrator.show(
    differences.length === 0
      ? 'value by value, the tenant is as before the damage'
      : `differs from before the damage at ${differences.slice(0, 10).join(', ')}`,
  );
  return {
    tenant,
    compared: report.compared,
    equal: report.equal,
    safetyBackup: report.safetyBackup,
    differences,
  };
}

/** Returns the tenants of the demonstration; a loaded document replaces the first built-in one. */
export const cast = (
  builtIn: readonly { id: string; tree: JsonObject }[],
  loaded: { id: string; tree: JsonObject } | null,
): { id: string; tree: JsonObject }[] =>
  loaded ? [loaded, ...builtIn.slice(1).filter(({ id }) => id !== loaded.id)] : [...builtIn];
