import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from '../terminal/table.ts';
import { bigTenant } from './big-tenant.ts';

const MEGABYTE = 1_000_000;

/** Sizes of the exports, in megabytes, and how often each is measured. */
const SIZES = [
  { megabytes: 1, rounds: 15 },
  { megabytes: 10, rounds: 7 },
  { megabytes: 100, rounds: 3 },
] as const;

/** Median, minimum and maximum of the rounds. */
export interface Spread {
  readonly median: number;
  readonly minimum: number;
  readonly maximum: number;
}

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
  /** Highest memory of a process that seals, and then opens, once: above what it had before. */
  readonly sealPeakBytes: number;
  readonly openPeakBytes: number;
}

const CHILD = fileURLToPath(new URL('seal-child.ts', import.meta.url));

const runChild = (...args: string[]) =>
  JSON.parse(execFileSync(process.execPath, [CHILD, ...args], { encoding: 'utf8', maxBuffer: MEGABYTE }));

/** @param values at least one */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    minimum: at(0),
    maximum: at(sorted.length - 1),
  };
}

/** Sealing and opening against the bare work on the same bytes: parse, stringify, zstd and AES-256-GCM, once each. KMS
 * answers from this process, so that time is the time of our own work.
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
  const header = ['export', 'archive', 'seal', 'to bare', 'peak', 'open', 'to bare', 'peak of both'];
  return { figures, text: table(header, rows) };
}

function measure(exportBytes: number, rounds: number): SealFigures {
  const folder = mkdtempSync(join(tmpdir(), 'tenant-backup-bench-'));
  try {
    const { full, mask } = bigTenant(exportBytes);
    writeFileSync(join(folder, 'full.json'), full);
    writeFileSync(join(folder, 'mask.json'), mask);
    const { times, archiveBytes } = runChild('time', folder, String(rounds)) as {
      times: Record<'sealOurs' | 'sealBare' | 'openOurs' | 'openBare', number[]>;
      archiveBytes: number;
    };
    const { sealBytes, openBytes } = runChild('memory', folder) as { sealBytes: number; openBytes: number };
    const ratios = (ours: number[], bare: number[]) =>
      ours.map((time, round) => time / (bare[round] ?? Number.NaN));
    return {
      exportBytes: full.byteLength,
      archiveBytes,
      rounds,
      seal: spreadOf(times.sealOurs),
      open: spreadOf(times.openOurs),
      sealRatio: spreadOf(ratios(times.sealOurs, times.sealBare)),
      openRatio: spreadOf(ratios(times.openOurs, times.openBare)),
      sealPeakBytes: sealBytes,
      openPeakBytes: openBytes,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const inMilliseconds = ({ median, minimum, maximum }: Spread) =>
  `${median.toFixed(0)} ms (${minimum.toFixed(0)} to ${maximum.toFixed(0)})`;

const asRatio = ({ median, minimum, maximum }: Spread) =>
  `${median.toFixed(2)}× (${minimum.toFixed(2)} to ${maximum.toFixed(2)})`;

const timesExport = (bytes: number, { exportBytes }: SealFigures) =>
  `${(bytes / MEGABYTE).toFixed(0)} MB, ${(bytes / exportBytes).toFixed(1)}×`;
