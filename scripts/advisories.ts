/**
 * Compares every dependency in the lock file with the advisories that the registry publishes.
 *
 *     npm run advisories
 *
 * Exit code 0: none applies; 1: at least one; 2: not checked, as the registry did not answer.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { visible } from '../functions/visible.ts';

const reportSchema = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({
      severity: z.string(),
      range: z.string(),
      via: z.array(z.union([z.string(), z.object({ title: z.string(), url: z.string() })])),
    }),
  ),
  metadata: z.object({ dependencies: z.object({ total: z.number().int().positive() }) }),
});

/** Words the answer of `npm audit --json`.
 * @param text what npm printed
 * @returns lines for a person, and the exit code */
export function describeAudit(text: string): {
  readonly lines: readonly string[];
  readonly exitCode: 0 | 1 | 2;
} {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { lines: ['not checked: npm audit printed no JSON'], exitCode: 2 };
  }
  const report = reportSchema.safeParse(value);
  if (!report.success) {
    const { message } = z
      .object({ message: z.string() })
      .catch({ message: 'npm audit printed no report' })
      .parse(value);
    return { lines: [`not checked: ${message}`], exitCode: 2 };
  }
  const { vulnerabilities, metadata } = report.data;
  const lines = Object.entries(vulnerabilities).map(([name, { severity, range, via }]) => {
    const reasons = via.map((each) =>
      typeof each === 'string' ? `by ${each}` : `${each.title} ${each.url}`,
    );
    return `${name} ${range}: ${severity}, ${reasons.join('; ')}`;
  });
  const checked = `checked ${metadata.dependencies.total} packages: ${lines.length} with advisories`;
  return { lines: [...lines, checked], exitCode: lines.length > 0 ? 1 : 0 };
}

if (process.argv[1] === import.meta.filename) {
  const { stdout } = spawnSync('npm', ['audit', '--json', '--package-lock-only', ...process.argv.slice(2)], {
    cwd: join(import.meta.dirname, '..'),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  });
  const { lines, exitCode } = describeAudit(stdout ?? '');
  for (const line of lines) process.stdout.write(`${visible(line)}\n`);
  process.exitCode = exitCode;
}
