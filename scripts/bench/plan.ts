/** Comparing a backup with a tenant, which is what a plan and the proof of a restore consist of. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from '../terminal/table.ts';
import { bigTenant } from './big-tenant.ts';
import {
  asRatio,
  inMegabytes,
  inMilliseconds,
  MEGABYTE,
  ratiosOf,
  type Spread,
  spreadOf,
} from './figures.ts';
import { lambdaNodeArguments } from './lambda-node.ts';

/** Sizes of each of the two exports, in megabytes, and how often they are compared. */
const SIZES = [
  { megabytes: 10, rounds: 7 },
  { megabytes: 100, rounds: 3 },
] as const;

/** Memory of the functions that compare, as far as V8 is concerned: enough for two of the largest exports here. */
const MEMORY_MEGABYTES = 4096;

interface PlanFigures {
  readonly exportBytes: number;
  /** Objects that were found to differ. */
  readonly differences: number;
  readonly rounds: number;
  /** Milliseconds of comparing two trees that are in memory. */
  readonly compare: Spread;
  /** Of each round, to parsing the two, right before. */
  readonly compareRatio: Spread;
  /** Highest memory of a process that parses and compares once: above what it had before. */
  readonly peakBytes: number;
}

const CHILD = fileURLToPath(new URL('plan-child.ts', import.meta.url));

/** Compare an export with one of the same tenant in which every twentieth workspace has another description.
 * @returns figures for each size, and as a table for people */
export function benchPlan(report: (line: string) => void): { figures: PlanFigures[]; text: string } {
  const figures = SIZES.map(({ megabytes, rounds }) => {
    report(`compare two exports of ${megabytes} MB, ${rounds} rounds`);
    return measure(megabytes * MEGABYTE, rounds);
  });
  const rows = figures.map((figure) => [
    `2 × ${inMegabytes(figure.exportBytes)}`,
    String(figure.differences),
    inMilliseconds(figure.compare),
    asRatio(figure.compareRatio),
    `${inMegabytes(figure.peakBytes)}, ${(figure.peakBytes / figure.exportBytes).toFixed(1)}×`,
  ]);
  return { figures, text: table(['exports', 'differing', 'compare', 'to parsing both', 'peak'], rows) };
}

function measure(exportBytes: number, rounds: number): PlanFigures {
  const folder = mkdtempSync(join(tmpdir(), 'tenant-backup-bench-'));
  try {
    const { full } = bigTenant(exportBytes);
    writeFileSync(join(folder, 'backup.json'), full);
    let workspace = 0;
    const changed = full
      .toString('utf8')
      .replaceAll('"template":false', (text) =>
        workspace++ % 20 === 0 ? '"template":false,"bench":"changed"' : text,
      );
    writeFileSync(join(folder, 'live.json'), changed);
    const { compare, parse, peakBytes, differences } = JSON.parse(
      execFileSync(
        process.execPath,
        [...lambdaNodeArguments(MEMORY_MEGABYTES), CHILD, folder, String(rounds)],
        { encoding: 'utf8' },
      ),
    ) as { compare: number[]; parse: number[]; peakBytes: number; differences: number };
    return {
      exportBytes: full.byteLength,
      differences,
      rounds,
      compare: spreadOf(compare),
      compareRatio: ratiosOf(compare, parse),
      peakBytes,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
