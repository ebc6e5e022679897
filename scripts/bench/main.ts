/**
 * How fast and how large: each figure also as a ratio to something measured beside it in the same run.
 *
 *     npm run bench                       all of it
 *     npm run bench -- seal backup        only these
 *     npm run bench -- --out FILE         write the figures there as JSON (default: .local/bench.json)
 *
 * Prints a table for each, and JSON as the last line.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { benchBackup } from './backup.ts';
import { benchBundle } from './bundle.ts';
import { benchChecks } from './checks.ts';
import { benchFleet } from './fleet.ts';
import { benchRestore } from './restore.ts';
import { benchScans } from './scans.ts';
import { benchSeal } from './seal.ts';
import { createWorld, type World } from './world.ts';

type Report = (line: string) => void;
interface Result {
  readonly figures: unknown;
  readonly text: string;
}

/** Benches that share nothing. */
const LONE_BENCHES: Readonly<Record<string, (report: Report) => Result | Promise<Result>>> = {
  seal: benchSeal,
  bundle: benchBundle,
  scans: benchScans,
  checks: benchChecks,
};

/** Benches of the deployed stack, which they share. */
const WORLD_BENCHES: Readonly<Record<string, (world: World, report: Report) => Promise<Result>>> = {
  backup: benchBackup,
  restore: benchRestore,
  fleet: benchFleet,
};

const NAMES = [...Object.keys(LONE_BENCHES), ...Object.keys(WORLD_BENCHES)];
const DEFAULT_OUT = fileURLToPath(new URL('../../.local/bench.json', import.meta.url));

const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`;
const report: Report = (line) => void process.stderr.write(`${line} …\n`);

async function run(names: readonly string[], out: string): Promise<void> {
  const results: Record<string, unknown> = { machine };
  const keep = (name: string, { figures, text }: Result) => {
    process.stdout.write(`\n${name} (${machine})\n\n${text}\n`);
    results[name] = figures;
  };
  for (const [name, bench] of Object.entries(LONE_BENCHES)) {
    if (names.includes(name)) keep(name, await bench(report));
  }
  const ofWorld = Object.entries(WORLD_BENCHES).filter(([name]) => names.includes(name));
  if (ofWorld.length > 0) {
    const world = await createWorld(report);
    try {
      for (const [name, bench] of ofWorld) keep(name, await bench(world, report));
    } finally {
      await world.close();
    }
  }
  mkdirSync(dirname(resolve(out)), { recursive: true });
  writeFileSync(out, `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`\n${JSON.stringify(results)}\n`);
}

const program = new Command('bench')
  .description('How fast and how large this is, beside what else could be done.')
  .argument('[names...]', `which: ${NAMES.join(', ')}`, (name: string, others: string[] = []) => {
    if (!NAMES.includes(name)) throw new InvalidArgumentError(`It must be one of ${NAMES.join(', ')}.`);
    return [...others, name];
  })
  .option('--out <file>', 'write the figures here as JSON', DEFAULT_OUT)
  .exitOverride()
  .action((names: readonly string[], { out }: { out: string }) => run(names.length > 0 ? names : NAMES, out));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exit(error.exitCode === 0 ? 0 : 2);
}
