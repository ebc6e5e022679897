import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differencesBetween } from '../../../../../scripts/demo/sameness.ts';
import { CANARY_MARKER } from '../../../../../scripts/demo/tenants.ts';
import { childEnvironment } from '../../../../../scripts/local/local-aws.ts';
import { openStage, type Stage } from '../../../../restore/stage.ts';
import { runCommand } from '../../run-command.ts';

/** Exports that a person saved, uploaded to a deployed stack and restored into the sandbox. */

let stage: Stage;
let folder: string;
beforeAll(async () => {
  stage = await openStage();
  folder = await mkdtemp(join(tmpdir(), 'upload-export-'));
});
afterAll(async () => {
  await stage?.close();
  if (folder) await rm(folder, { recursive: true });
});

const command = (args: readonly string[]) =>
  runCommand(args, { environment: childEnvironment(stage.deployed.localAws) });

/** Saves what the tenant answers, as a person would by curl. */
async function saved(tenant: string, part: 'hub' | 'system', withCredentials = true): Promise<string> {
  const { clients } = stage;
  const apis = clients.connect(await clients.enrolments.get(tenant), 'read', 'saved-by-a-person-000001');
  const exported =
    part === 'hub' ? await apis.hub.exportTree({ withCredentials }) : await apis.system.exportDump();
  const file = join(folder, `${tenant}-${part}.json`);
  await writeFile(file, exported);
  return file;
}

const upload = (file: string, tenant: string, ...options: string[]) =>
  command(['upload', '--export', file, '--tenant', tenant, ...options]);

describe('upload --export', () => {
  it('stores a backup that says that it was adopted, and restores the tenant', async () => {
    const tenant = await stage.newTenant('by-hand');
    const good = stage.sandbox.tenant(tenant);
    const uploaded = await upload(await saved(tenant, 'hub'), tenant, '--as-of', '3 days ago');
    expect(uploaded).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^sealed the export of by-hand of .* in manual as \S+ \(\d/),
    });
    expect(uploaded.stdout + uploaded.stderr).not.toContain(CANARY_MARKER);
    expect(uploaded.stderr).not.toContain('make sure');
    expect((await command(['list', tenant])).stdout).toMatch(/^by-hand +manual \(adopted\) /m);
    expect(JSON.parse((await command(['list', tenant, '--json'])).stdout)).toMatchObject([
      { tier: 'manual', trigger: 'adopted' },
    ]);
    expect((await command(['show', tenant])).stdout).toMatch(/^tier +manual \(adopted\)$/m);
    stage.damageBadly(tenant);
    const report = await stage.restoring(tenant);
    expect(report).toMatchObject({ verdict: 'verified', backup: { tier: 'manual' } });
    expect(differencesBetween(good, stage.sandbox.tenant(tenant))).toEqual([]);
  });

  it('holds the dump of the system API, which restores that part', async () => {
    const tenant = await stage.newTenant('dump-by-hand');
    expect(await upload(await saved(tenant, 'system'), tenant, '--as-of', '2 h ago')).toMatchObject({
      code: 0,
    });
    const report = await stage.restoring(tenant, { parts: ['system'], dryRun: true });
    expect(report).toMatchObject({ verdict: 'planned', backup: { tier: 'manual' } });
  });

  it('warns of a tree without the client of the enrolment, as no tree holds the id of its tenant', async () => {
    const tenant = await stage.newTenant('whose-by-hand');
    const file = await saved(tenant, 'hub');
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('"tenant-backup"', '"another-client"'));
    expect(await upload(file, tenant, '--as-of', '3 days ago')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(
        'does not hold client tenant-backup of the enrolment: make sure that it is of tenant whose-by-hand',
      ),
    });
  });

  it('never passes for the newest state if it is older', async () => {
    const { tenant } = await stage.backedUp('older-by-hand');
    const file = await saved(tenant, 'hub');
    expect(await upload(file, tenant, '--as-of', 'yesterday', '--tier', 'weekly')).toMatchObject({ code: 0 });
    const report = await stage.restoring(tenant, { dryRun: true });
    expect(report.backup).toMatchObject({ tier: 'daily' });
  });

  it.each<[what: string, options: string[], code: number, message: string]>([
    ['no time', [], 2, '--as-of the time of the export'],
    ['a time to come', ['--as-of', '2999-01-01'], 2, 'must not be in the future'],
    [
      '--as-newest',
      ['--as-of', 'yesterday', '--as-newest'],
      2,
      '--as-newest must not be given with --export',
    ],
    ['a tenant that is not enrolled', ['--as-of', 'yesterday', '--tenant', 'nowhere'], 1, 'NOT_ENROLLED'],
  ])('stores nothing with %s', async (_what, options, code, message) => {
    const tenant = await stage.newTenant(`refused-${options.length}-${code}`);
    const refused = await upload(await saved(tenant, 'hub'), tenant, ...options);
    expect(refused).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
    expect(await stage.deployed.deployment.versionsOf(tenant)).toEqual([]);
  });

  it('stores nothing of an export without credentials', async () => {
    const tenant = await stage.newTenant('redacted-by-hand');
    const refused = await upload(await saved(tenant, 'hub', false), tenant, '--as-of', 'yesterday');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('CREDENTIALS_BLANK') });
    expect(await stage.deployed.deployment.versionsOf(tenant)).toEqual([]);
  });
});
