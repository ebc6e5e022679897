/** Measures whether the largest export of the default settings fits into the smallest memory that synthesis accepts. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { completeSettings, MEMORY_AT_LEAST, MEMORY_PER_EXPORT } from '../../infra/settings.ts';
import { table } from '../terminal/table.ts';
import { type BigTenant, bigDump, bigTenant } from './big-tenant.ts';
import { inMegabytes } from './figures.ts';
import { lambdaNodeArguments } from './lambda-node.ts';
import { TENANT } from './memory-tools.ts';

interface MemoryFigures {
  readonly function: string;
  /** How the tenant is, beside the backup. */
  readonly tenant: string;
  readonly exportBytes: number;
  /** What the function has, in bytes: the least that synthesis accepts. */
  readonly memoryBytes: number;
  /** Highest memory of the whole process. */
  readonly peakBytes: number;
  readonly fits: boolean;
}

const CHILD = fileURLToPath(new URL('memory-child.ts', import.meta.url));
const MEBIBYTE = 1024 * 1024;

/** What is measured, in this order: the first makes the backup that the others are of. */
const MEASURED = [
  { verb: 'backup', tenant: 'as it is' },
  { verb: 'restore', tenant: 'one object differs' },
  { verb: 'restore', tenant: 'no workspaces' },
  { verb: 'plan', tenant: 'one object differs' },
  { verb: 'audit', tenant: 'as it is' },
] as const;

/** Runs each function on exports of the default `maxExportMegabytes`, a tree and the dump of the same tenant, in a process that is started as Lambda starts it
 * with the least memory that synthesis accepts for such exports.
 * @returns figures for each function, and as a table for people */
export async function benchMemory(
  report: (line: string) => void,
): Promise<{ figures: MemoryFigures[]; text: string }> {
  const { maxExportMegabytes } = completeSettings(
    {
      schedules: [{ name: 'nightly', expression: 'rate(1 day)' }],
    },
    'bench',
  );
  const folder = mkdtempSync(join(tmpdir(), 'tenant-backup-bench-'));
  const whole = bigTenant(maxExportMegabytes * MEBIBYTE);
  const states: Readonly<Record<(typeof MEASURED)[number]['tenant'], BigTenant>> = {
    'as it is': whole,
    'one object differs': inBoth(whole, withOtherObject),
    'no workspaces': inBoth(whole, withoutWorkspaces),
  };
  const dump = bigDump(whole, TENANT);
  let state = whole;
  // A large answer may take its time on a busy machine.
  const timeouts = { requestTimeout: 0, keepAliveTimeout: 600_000 };
  const server = createServer(timeouts, (request, response) => {
    const { method, url = '' } = request;
    if (method !== 'GET') {
      // Whatever is sent makes the tenant what it was.
      state = whole;
      request.on('end', () => response.end('{}')).resume();
      return;
    }
    const body = url.endsWith('dump.json') ? dump : url.endsWith('full.json') ? state.full : state.mask;
    // In pieces of unknown number, as large answers come.
    for (let at = 0; at < body.byteLength; at += MEBIBYTE) response.write(body.subarray(at, at + MEBIBYTE));
    response.end();
  }).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const figures: MemoryFigures[] = [];
    for (const { verb, tenant } of MEASURED) {
      const memoryMegabytes = MEMORY_AT_LEAST + maxExportMegabytes * MEMORY_PER_EXPORT[verb];
      report(`${verb} of ${maxExportMegabytes} MB in ${memoryMegabytes} MB, tenant: ${tenant}`);
      state = states[tenant];
      const peakBytes = await measure(verb, memoryMegabytes, folder, `http://127.0.0.1:${port}`);
      const memoryBytes = memoryMegabytes * MEBIBYTE;
      figures.push({
        function: verb,
        tenant,
        exportBytes: whole.full.byteLength,
        memoryBytes,
        peakBytes,
        fits: peakBytes < memoryBytes,
      });
    }
    const rows = figures.map((figure) => [
      figure.function,
      figure.tenant,
      inMegabytes(figure.exportBytes),
      inMegabytes(figure.memoryBytes),
      `${inMegabytes(figure.peakBytes)}, ${(beyondStart(figure) / figure.exportBytes).toFixed(1)}×`,
      figure.fits ? 'yes' : 'NO',
    ]);
    return {
      figures,
      text: table(['function', 'tenant', 'export', 'memory', 'peak, beyond 128 MB', 'fits'], rows),
    };
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const beyondStart = ({ peakBytes }: MemoryFigures): number => peakBytes - MEMORY_AT_LEAST * MEBIBYTE;

async function measure(verb: string, memoryMegabytes: number, folder: string, url: string): Promise<number> {
  const child = [...lambdaNodeArguments(memoryMegabytes), CHILD, verb, folder, url];
  const { stdout } = await promisify(execFile)(process.execPath, child);
  return (JSON.parse(stdout) as { peakBytes: number }).peakBytes;
}

const inBoth = ({ full, mask }: BigTenant, change: (document: Buffer) => Buffer): BigTenant => ({
  full: change(full),
  mask: change(mask),
});

/** As long as before: no copy of it needs to be a text. */
function withOtherObject(document: Buffer): Buffer {
  const copy = Buffer.from(document);
  copy.write('"template":true ', copy.indexOf('"template":false'));
  return copy;
}

function withoutWorkspaces(document: Buffer): Buffer {
  const { servers: _, ...rest } = JSON.parse(document.toString('utf8')) as Record<string, unknown>;
  return Buffer.from(JSON.stringify({ ...rest, servers: {} }));
}
