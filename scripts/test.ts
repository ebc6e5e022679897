/**
 * Runs all checks, each kind by itself, and says how many of each ran.
 *
 *     npm test                         lint, types, unit, integration, end to end
 *     npm test -- unit                 that kind alone
 *     npm test -- test/vault           the test files whose path contains that, of every kind
 *     npm test -- unit test/vault      of that kind alone
 *     npm test -- unit --changed       the test files that import a file which git calls changed, or are one
 *     npm test -- unit --changed=main  the same since a commit
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

interface Outcome {
  readonly kind: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}

/** The parts of vitest's JSON report that are counted. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly success: boolean;
}

const TEST_KINDS = ['unit', 'integration', 'e2e'];
const KINDS = ['lint', 'types', ...TEST_KINDS];

/** Tests of the local AWS wait for other programs much of the time: three share two cores. */
const WAITING_KINDS = ['integration', 'e2e'];
const WAITING_WORKERS = Math.ceil(1.5 * availableParallelism());

const words = process.argv.slice(2);
const changed = words.filter((word) => /^--changed(=|$)/.test(word));
const patterns = words.filter((word) => !KINDS.includes(word) && !changed.includes(word));
const asked = words.filter((word) => KINDS.includes(word));
const kinds = KINDS.filter(
  (kind) => isAsked(kind) && (patterns.length === 0 || patterns.some(matches(kind))),
);

const unmatched = patterns.find((pattern) => !kinds.some((kind) => matches(kind)(pattern)));
if (unmatched !== undefined) {
  const scope = asked.length === 0 ? '' : `${asked.join(', ')} `;
  process.stderr.write(
    `no ${scope}test file has ${JSON.stringify(unmatched)} in its path; kinds are ${KINDS.join(', ')}\n`,
  );
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'tenant-backup-test-'));
const outcomes = kinds.map(check);
rmSync(folder, { recursive: true, force: true });

process.stdout.write(`\n${outcomes.map(line).join('\n')}\n\n`);
const tests = outcomes.filter(({ kind }) => TEST_KINDS.includes(kind));
const sum = (count: (outcome: Outcome) => number) =>
  tests.reduce((total, outcome) => total + count(outcome), 0);
if (tests.length > 0) {
  const skipped = sum((outcome) => outcome.skipped);
  process.stdout.write(
    `${sum((outcome) => outcome.passed)} passed, ${sum((outcome) => outcome.failed)} failed` +
      `${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
  );
}
process.exit(outcomes.some(({ failed }) => failed > 0) ? 1 : 0);

function isAsked(kind: string): boolean {
  return asked.length === 0 || asked.includes(kind);
}

/** Tells whether a pattern is in the path of any test file of the kind. */
function matches(kind: string): (pattern: string) => boolean {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((file) => `test/${file}`)
    .filter((file) => kindOf(file) === kind);
  return (pattern) => files.some((file) => file.includes(pattern));
}

function kindOf(file: string): string | null {
  const [, kind = 'unit'] = /\.(integration|e2e)\.test\.ts$/.exec(file) ?? [];
  return file.endsWith('.test.ts') ? kind : null;
}

function check(kind: string): Outcome {
  process.stdout.write(`\n── ${kind} ──\n`);
  const started = performance.now();
  const counts = TEST_KINDS.includes(kind) ? runTests(kind) : runTool(kind);
  return { kind, ...counts, seconds: Math.round((performance.now() - started) / 1000) };
}

function runTool(kind: string): Omit<Outcome, 'kind' | 'seconds'> {
  const [program = '', ...args] =
    kind === 'lint' ? ['biome', 'ci', '--error-on-warnings'] : ['tsc', '--project', '.'];
  const ok = execute(program, args);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

function runTests(kind: string): Omit<Outcome, 'kind' | 'seconds'> {
  const file = join(folder, `${kind}.json`);
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${file}`];
  const workers = WAITING_KINDS.includes(kind) ? [`--maxWorkers=${WAITING_WORKERS}`] : [];
  const args = ['run', '--project', `${kind}*`, ...workers, ...reporters, ...patterns, ...changed];
  const ok = execute('vitest', args);
  let report: VitestReport;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  return {
    passed: report.numPassedTests,
    // A file that cannot be loaded, or no test at all, has no failed test and is a failure nevertheless.
    failed:
      report.numFailedTests > 0 || (ok && report.success && (report.numPassedTests > 0 || changed.length > 0))
        ? report.numFailedTests
        : 1,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function execute(program: string, args: readonly string[]): boolean {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error) process.stderr.write(`${program}: ${error.message}\n`);
  return status === 0;
}

function line({ kind, passed, failed, skipped, seconds }: Outcome): string {
  const result = TEST_KINDS.includes(kind)
    ? `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
    : failed === 0
      ? 'ok'
      : 'failed';
  return `${kind.padEnd(12)} ${result} (${seconds} s)`;
}
