/**
 * The demonstration: nightly backups and a restore, on this machine, through everything that is deployed to AWS.
 *
 *     npm start                      the built-in tenants
 *     npm start -- --load FILE       that document takes the place of the first tenant
 *     npm start -- --keep            leave everything running and say how to use it
 *
 * The last line of standard output is JSON. Exit code 0 if the restored tenant equals the one before, 1 if it
 * differs, 130 at Ctrl-C. At its exit it stops its programs and removes its temporary files.
 */
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { temporaryFolder } from '../local/at-exit.ts';
import { startLocalAws } from '../local/local-aws.ts';
import type { JsonObject } from '../sandbox/json.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { parseTenant, tenantIdOf } from '../sandbox/state/load.ts';
import { endOnSignals } from '../terminal/end-on-signals.ts';
import { createNarrator } from '../terminal/narrator.ts';
import { howToUse } from './how-to-use.ts';
import { cast, damageAndRestore, nightlyBackups, proveNoLeaks, type Stage, setUp } from './story.ts';
import { demoTenants } from './tenants.ts';

const command = new Command('npm start --')
  .description(
    'Show nightly backups and a restore of SecureAuth tenants, on this machine, without an AWS account.',
  )
  .option(
    '--load <file>',
    'tree of a tenant or of a workspace, JSON or YAML, in place of the first built-in tenant',
  )
  .option('--keep', 'leave everything running at the end, until Ctrl-C')
  .parse();
const { load, keep } = command.opts<{ load?: string; keep?: boolean }>();

async function readDocument(file: string): Promise<{ id: string; tree: JsonObject }> {
  try {
    const id = tenantIdOf(file);
    return { id, tree: parseTenant(await readFile(file, 'utf8'), id) };
  } catch (error) {
    return command.error(
      `--load ${basename(file)}: ${error instanceof Error ? error.message : String(error)}`,
      {
        exitCode: 2,
      },
    );
  }
}

endOnSignals();
const narrator = createNarrator();
const loaded = load === undefined ? null : await readDocument(load);
const folder = temporaryFolder(join(tmpdir(), 'tenant-backup-demo-')).path;

try {
  narrator.chapter(
    'Tenant Backup',
    'Nightly backups of SecureAuth tenants on AWS, and restores you can trust. All on this machine.',
  );
  const localAws = await narrator.step('start a local AWS', (report) => startLocalAws({ report }));
  const sandbox = await narrator.step('start a stand-in for SecureAuth', () => startSandbox());
  const tenants = cast(demoTenants(), loaded).map((tenant) => sandbox.addTenant(tenant));
  narrator.show(tenants.map(({ issuer }) => issuer).join('\n'));

  const stage: Stage = { localAws, sandbox, tenants, narrator, folder };
  const deployment = await setUp(stage);
  const backups = await nightlyBackups(stage, deployment);
  const leaks = await proveNoLeaks(stage, deployment);
  const { differences, ...restored } = await damageAndRestore(stage, deployment);
  const leaksAfter = await proveNoLeaks(stage, deployment);

  const secretsFound = new Set([...leaks.found, ...leaksAfter.found]).size;
  const ok =
    differences.length === 0 &&
    secretsFound === 0 &&
    restored.compared > 0 &&
    restored.compared === restored.equal;
  if (keep) process.stdout.write(`\n${howToUse(stage, deployment)}\n`);
  process.stdout.write(
    `\n${JSON.stringify({
      demo: ok ? 'ok' : 'differs',
      tenants: tenants.length,
      backups: backups.length,
      restored,
      ...(ok ? {} : { differences: differences.slice(0, 20), secretsFound }),
      seconds: narrator.elapsedSeconds(),
    })}\n`,
  );
  // With --keep the servers keep the process alive until Ctrl-C.
  if (!keep) process.exit(ok ? 0 : 1);
} catch (error) {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  process.stderr.write(`\n${name}: ${message}\n`);
  process.stdout.write(
    `${JSON.stringify({ demo: 'failed', error: name, message: message.split('\n')[0], seconds: narrator.elapsedSeconds() })}\n`,
  );
  process.exit(1);
}
