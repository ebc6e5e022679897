import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from '../terminal/table.ts';
import { bigTenant } from './big-tenant.ts';
import { asRatio, inMilliseconds, MEGABYTE, ratiosOf, type Spread, spreadOf } from './figures.ts';
import { lambdaNodeArguments } from './lambda-node.ts';

/** Sizes of the exports, in megabytes, and how often each is measured. */
const SIZES = [
  { megabytes: 1, rounds: 15 },
  { megabytes: 10, rounds: 7 },
  { megabytes: 100, rounds: 3 },
] as const;

interface SealFigures {
  readonly exportBytes: number;
  readonly archiveBytes: number;
  readonly rounds: number;
  /** Milliseconds. */
  readonly seal: Spread;
  readonly open: Spread;
  /** Of each round, ours to the bare work right after it. */
  readonly sealRatio: Spread;
  readonly openRatio: Spread;
  /** Highest memory of a process that does it once: above what it had before, with Node started as Lambda starts it. */
  readonly sealPeakBytes: number;
  readonly openPeakBytes: number;
}

/** Memory of the functions that back up and restore, by default. */
const MEMORY_MEGABYTES = 2048;

const CHILD = fileURLToPath(new URL('seal-child.ts', import.meta.url));

const runChild = (nodeOptions: readonly string[], ...args: string[]) =>
  JSON.parse(
    execFileSync(process.execPath, [...nodeOptions, CHILD, ...args], {
      encoding: 'utf8',
      maxBuffer: MEGABYTE,
    }),
  );

/** Sealing and opening against the bare work on the same bytes: parse, stringify, zstd and AES-256-GCM, once each. KMS
 * answers from this process, so that time is the time of our own work. Times are those of a Node that is started plainly, which
 * suits the bare work best.
 * @returns figures for each size, and as a table for people */
export function benchSeal(report: (line: string) => void): { figures: SealFigures[]; text: string } {
  const figures = SIZES.map(({ megabytes, rounds }) => {
    report(`seal and open ${megabytes} MB, ${rounds} rounds`);
    return measure(megabytes * MEGABYTE, rounds);
  });
  const rows = figures.map((figure) => [
    `${(figure.exportBytes / MEGABYTE).toFixed(0)} MB`,
    `${(figure.archiveBytes / MEGABYTE).toFixed(2)} MB`,
    inMilliseconds(figure.seal),
    asRatio(figure.sealRatio),
    timesExport(figure.sealPeakBytes, figure),
    inMilliseconds(figure.open),
    asRatio(figure.openRatio),
    timesExport(figure.openPeakBytes, figure),
  ]);
  const header = ['export', 'archive', 'seal', 'to bare', 'peak', 'open', 'to bare', 'peak'];
  return { figures, text: table(header, rows) };
}

function measure(exportBytes: number, rounds: number): SealFigures {
  const folder = mkdtempSync(join(tmpdir(), 'tenant-backup-bench-'));
  try {
    const { full, mask } = bigTenant(exportBytes);
    writeFileSync(join(folder, 'full.json'), full);
    writeFileSync(join(folder, 'mask.json'), mask);
    const { times, archiveBytes } = runChild([], 'time', folder, String(rounds)) as {
      times: Record<'sealOurs' | 'sealBare' | 'openOurs' | 'openBare', number[]>;
      archiveBytes: number;
    };
    const peakOf = (work: 'seal' | 'open') => {
      const { peakBytes } = runChild(lambdaNodeArguments(MEMORY_MEGABYTES), work, folder) as {
        peakBytes: number;
      };
      return peakBytes;
    };
    return {
      exportBytes: full.byteLength,
      archiveBytes,
      rounds,
      seal: spreadOf(times.sealOurs),
      open: spreadOf(times.openOurs),
      sealRatio: ratiosOf(times.sealOurs, times.sealBare),
      openRatio: ratiosOf(times.openOurs, times.openBare),
      sealPeakBytes: peakOf('seal'),
      openPeakBytes: peakOf('open'),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const timesExport = (bytes: number, { exportBytes }: SealFigures) =>
  `${(bytes / MEGABYTE).toFixed(0)} MB, ${(bytes / exportBytes).toFixed(1)}×`;
