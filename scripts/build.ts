/**
 * Fills `dist/` for the npm package: the construct and the command compiled, and each function bundled as it is deployed.
 * The package needs neither esbuild nor sources, and Node runs no TypeScript below `node_modules`.
 *
 *     npm run build
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunctions } from './bench/bundles.ts';

const PROJECT = join(import.meta.dirname, '..');
const DIST = join(PROJECT, 'dist');

rmSync(DIST, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc'), '--project', 'tsconfig.build.json'],
  { cwd: PROJECT, stdio: 'inherit' },
);
const assembly = mkdtempSync(join(tmpdir(), 'tenant-backup-build-'));
try {
  for (const { verb, file } of bundleFunctions(assembly)) {
    const folder = join(DIST, 'functions', verb);
    mkdirSync(folder, { recursive: true });
    for (const suffix of ['', '.map']) copyFileSync(file + suffix, join(folder, `index.mjs${suffix}`));
  }
} finally {
  rmSync(assembly, { recursive: true });
}
