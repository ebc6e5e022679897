import { exportParts } from '../../functions/config/export/export-parts.ts';
import { table } from '../terminal/table.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';

/** Sizes of the texts in bytes, each twice the one before. */
const SIZES = [64, 128, 256, 512, 1024, 2048, 4096].map((kilobytes) => kilobytes * 1024);
/** Each is measured so often, and the shortest time counts. */
const ROUNDS = 3;

interface ScanFigures {
  readonly input: string;
  /** Milliseconds of processor time by size, in the order of `SIZES`. */
  readonly milliseconds: readonly number[];
  /** Time of the largest text to that of one a quarter as large: 4 if the work is linear, 16 if it is quadratic. */
  readonly growth: number;
}

/** Splits exports with one hostile text each, from 64 kB to 4 MB: what doubles the text must not do more than double the work.
 * @returns figures for each text, and as a table for people */
export function benchScans(report: (line: string) => void): { figures: ScanFigures[]; text: string } {
  const figures = Object.entries(HOSTILE_TEXTS).map(([input, make]): ScanFigures => {
    report(`scan ${input}`);
    const length = make(1000).length / 1000;
    const milliseconds = SIZES.map((bytes) => timeOf(make(Math.ceil(bytes / length))));
    const [quarter = 0, largest = 0] = [milliseconds.at(-3), milliseconds.at(-1)];
    return { input, milliseconds, growth: largest / quarter };
  });
  const rows = figures.map(({ input, milliseconds, growth }) => [
    input,
    ...milliseconds.map((time) => time.toFixed(1)),
    growth.toFixed(1),
  ]);
  const header = ['text (ms)', ...SIZES.map((bytes) => `${bytes / 1024} kB`), 'growth'];
  return { figures, text: table(header, rows) };
}

function timeOf(text: string): number {
  const bytes = Buffer.from(JSON.stringify({ name: 'T', description: text, servers: {} }));
  const times = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    exportParts(bytes, bytes);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}
