/** Size of each function's bundle, and how long a new process takes to import it: what a cold start waits for. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { table } from '../terminal/table.ts';
import { type Bundle, bundleFunctions } from './bundles.ts';
import { asRatio, inMilliseconds, ratiosOf, type Spread, spreadOf } from './figures.ts';

const ROUNDS = 9;

interface BundleFigures {
  readonly verb: string;
  readonly bytes: number;
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
    report('bundle the functions');
    const figures = bundleFunctions(folder).map((bundle): BundleFigures => {
      report(`import ${bundle.verb}, ${ROUNDS} rounds`);
      // The first round warms the file cache.
      const rounds = Array.from(
        { length: ROUNDS + 1 },
        () => [importOf(bundle, bundle.file), importOf(bundle, null)] as const,
      ).slice(1);
      return {
        verb: bundle.verb,
        bytes: statSync(bundle.file).size,
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
    return { figures, text: table(['function', 'bundle', 'import', 'start', 'to bare Node'], rows) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Imports a module in a process of its own.
 * @param file of the module; `null` imports nothing */
function importOf({ environment }: Bundle, file: string | null): { start: number; import: number } {
  const work = file === null ? '' : `await import(${JSON.stringify(pathToFileURL(file))});`;
  const program = `const begun = performance.now(); ${work}
    const ended = performance.now();
    process.stdout.write(JSON.stringify({ start: ended, import: ended - begun }));
    process.exit();`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      // As in Lambda.
      env: { ...environment, AWS_LAMBDA_FUNCTION_NAME: 'bench' },
      encoding: 'utf8',
    }),
  );
}
