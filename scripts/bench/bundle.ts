/** Size of each function's bundle, and how long a new process takes to import it: what a cold start waits for. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { EnvironmentName } from '../../functions/runtime/names.ts';
import { BUNDLE_NAME, bundle } from '../../infra/bundle.ts';
import { parseConfiguration } from '../../infra/configuration.ts';
import { table } from '../terminal/table.ts';
import { asRatio, inMilliseconds, ratiosOf, type Spread, spreadOf } from './figures.ts';

const ROUNDS = 9;
const FUNCTIONS = fileURLToPath(new URL('../../functions', import.meta.url));

interface BundleFigures {
  readonly verb: string;
  readonly bytes: number;
  /** Bytes by package, the largest ten of them, `own` for what is not of a library. */
  readonly packages: readonly (readonly [name: string, bytes: number])[];
  /** Milliseconds from the start of the process to the end of the import. */
  readonly start: Spread;
  /** Milliseconds of the import alone. */
  readonly import: Spread;
  /** Of each round, the start to that of a process that imports nothing, right after it. */
  readonly startRatio: Spread;
}

/** @returns figures for each verb, and as a table for people */
export function benchBundle(report: (line: string) => void): { figures: BundleFigures[]; text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tenant-backup-bench-'));
  try {
    const verbs = readdirSync(FUNCTIONS).filter((name) =>
      existsSync(join(FUNCTIONS, name, `${name}.lambda.ts`)),
    );
    const figures = verbs.map((verb): BundleFigures => {
      report(`bundle and import ${verb}, ${ROUNDS} rounds`);
      const output = join(folder, verb);
      const packages = byPackage(bundle(verb, output));
      const file = join(output, `${BUNDLE_NAME}.mjs`);
      // The first round is for the cache of files.
      const rounds = Array.from(
        { length: ROUNDS + 1 },
        () => [importOf(file), importOf(null)] as const,
      ).slice(1);
      return {
        verb,
        bytes: statSync(file).size,
        packages,
        start: spreadOf(rounds.map(([ours]) => ours.start)),
        import: spreadOf(rounds.map(([ours]) => ours.import)),
        startRatio: ratiosOf(
          rounds.map(([ours]) => ours.start),
          rounds.map(([, bare]) => bare.start),
        ),
      };
    });
    const rows = figures.map((figure) => [
      figure.verb,
      `${(figure.bytes / 1000).toFixed(0)} kB`,
      inMilliseconds(figure.import),
      inMilliseconds(figure.start),
      asRatio(figure.startRatio),
    ]);
    const text = table(['function', 'bundle', 'import', 'start', 'to bare Node'], rows);
    return { figures, text: [text, '', ...figures.map(contents)].join('\n') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How many packages are named. */
const NAMED = 10;

/** What a bundle consists of, in one line. */
const contents = ({ verb, packages }: BundleFigures): string =>
  `${verb}: ${packages.map(([name, bytes]) => `${name} ${(bytes / 1000).toFixed(0)}`).join(', ')} kB`;

/** @param parts bytes by path; the Encryption SDK is one package, though it comes as a dozen */
function byPackage(parts: Readonly<Record<string, number>>): [string, number][] {
  const bytes = new Map<string, number>();
  for (const [path, size] of Object.entries(parts)) {
    const [, name = 'own'] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
    const shown = name.replace(/^@aws-crypto\/.*/, '@aws-crypto/*');
    bytes.set(shown, (bytes.get(shown) ?? 0) + size);
  }
  return [...bytes].sort(([, a], [, b]) => b - a).slice(0, NAMED);
}

/** What a function finds in its environment. */
function environment(): Record<string, string> {
  const { retentionPolicy, auditSettings } = parseConfiguration({
    schedules: [{ name: 'nightly', expression: 'rate(1 day)' }],
  });
  return {
    ...Object.fromEntries(Object.values(EnvironmentName).map((name) => [name, '1'])),
    [EnvironmentName.escrowPublicKey]: '',
    [EnvironmentName.retention]: JSON.stringify(retentionPolicy),
    [EnvironmentName.auditSettings]: JSON.stringify(auditSettings),
    [EnvironmentName.drillSettings]: JSON.stringify({ into: 'scratch' }),
    AWS_REGION: 'eu-central-1',
    // As in Lambda.
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
  };
}

/** Import a module in a process of its own. */
function importOf(file: string | null): { readonly start: number; readonly import: number } {
  const work = file === null ? '' : `await import(${JSON.stringify(pathToFileURL(file))});`;
  const program = `const begun = performance.now(); ${work}
    const ended = performance.now();
    process.stdout.write(JSON.stringify({ start: ended, import: ended - begun }));
    process.exit();`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      env: environment(),
      encoding: 'utf8',
    }),
  );
}
