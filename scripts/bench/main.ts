/**
 * How fast and how large: each figure also as a ratio to the bare work, measured in the same run.
 *
 *     npm run bench                 all of it
 *     npm run bench -- seal         sealing and opening
 *
 * A table for people, and as the last line JSON.
 */
import { cpus } from 'node:os';
import { benchSeal } from './seal.ts';

const BENCHES = { seal: benchSeal } as const;
type BenchName = keyof typeof BENCHES;

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  process.stderr.write(
    `bench must be one of ${Object.keys(BENCHES).join(', ')}, got ${JSON.stringify(unknown)}\n`,
  );
  process.exit(2);
}

const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`;
const results: Record<string, unknown> = { machine };
for (const name of (asked.length > 0 ? asked : Object.keys(BENCHES)) as BenchName[]) {
  const { figures, text } = BENCHES[name]((line) => process.stderr.write(`${line} …\n`));
  process.stdout.write(`\n${name} (${machine})\n\n${text}\n`);
  results[name] = figures;
}
process.stdout.write(`\n${JSON.stringify(results)}\n`);
