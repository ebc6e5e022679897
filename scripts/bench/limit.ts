/** Whether the largest export that the default settings accept fits into the memory that they give to the functions. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseConfiguration } from '../../infra/configuration.ts';
import { table } from '../terminal/table.ts';
import { bigTenant } from './big-tenant.ts';
import { inMegabytes, MEGABYTE } from './figures.ts';
import { lambdaNodeArguments } from './lambda-node.ts';

interface LimitFigures {
  readonly function: string;
  readonly exportBytes: number;
  /** What the function has, in bytes. */
  readonly memoryBytes: number;
  /** Highest memory of the whole process. */
  readonly peakBytes: number;
  readonly fits: boolean;
}

const CHILD = fileURLToPath(new URL('limit-child.ts', import.meta.url));
const MEBIBYTE = 1024 * 1024;

/** Back up and restore an export of the default `maxExportMegabytes`, each in a process that is started as Lambda starts it
 * with the function's default memory.
 * @returns figures for each function, and as a table for people */
export async function benchLimit(
  report: (line: string) => void,
): Promise<{ figures: LimitFigures[]; text: string }> {
  const settings = parseConfiguration({ schedules: [{ name: 'nightly', expression: 'rate(1 day)' }] });
  const folder = mkdtempSync(join(tmpdir(), 'tenant-backup-bench-'));
  const { full, mask } = bigTenant(settings.maxExportMegabytes * MEGABYTE);
  const server = createServer(({ url = '' }, response) => {
    // In pieces of unknown number, as large answers come.
    const body = url.endsWith('full.json') ? full : mask;
    for (let at = 0; at < body.byteLength; at += MEBIBYTE) response.write(body.subarray(at, at + MEBIBYTE));
    response.end();
  }).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    writeFileSync(join(folder, 'full.json'), full);
    writeFileSync(join(folder, 'mask.json'), mask);
    const { port } = server.address() as AddressInfo;
    const figures: LimitFigures[] = [];
    for (const verb of ['backup', 'restore'] as const) {
      const { memoryMegabytes } = settings[verb];
      report(`${verb} of ${settings.maxExportMegabytes} MB in ${memoryMegabytes} MB`);
      const { stdout } = await promisify(execFile)(process.execPath, [
        ...lambdaNodeArguments(memoryMegabytes),
        CHILD,
        verb,
        folder,
        `http://127.0.0.1:${port}`,
      ]);
      const { peakBytes } = JSON.parse(stdout) as { peakBytes: number };
      const memoryBytes = memoryMegabytes * MEBIBYTE;
      figures.push({
        function: verb,
        exportBytes: full.byteLength,
        memoryBytes,
        peakBytes,
        fits: peakBytes < memoryBytes,
      });
    }
    const rows = figures.map((figure) => [
      figure.function,
      inMegabytes(figure.exportBytes),
      inMegabytes(figure.memoryBytes),
      `${inMegabytes(figure.peakBytes)}, ${(figure.peakBytes / figure.exportBytes).toFixed(1)}×`,
      figure.fits ? 'yes' : 'NO',
    ]);
    return { figures, text: table(['function', 'export', 'memory', 'peak', 'fits'], rows) };
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
