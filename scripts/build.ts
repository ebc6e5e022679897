/**
 * Fills `dist/` for the npm package: the construct and the command compiled, and each function bundled as it is deployed.
 * Beside them lie the licences of what each bundle holds, and `sbom.cdx.json`, the list of all dependencies (CycloneDX).
 * The package needs neither esbuild nor sources, and Node runs no TypeScript below `node_modules`.
 *
 *     npm run build
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundleFunctions } from './bench/bundles.ts';
import { THIRD_PARTY } from './third-party.ts';

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
    for (const name of ['index.mjs', 'index.mjs.map', THIRD_PARTY])
      copyFileSync(join(dirname(file), name), join(folder, name));
  }
} finally {
  rmSync(assembly, { recursive: true });
}

const sbom = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
  cwd: PROJECT,
});
writeFileSync(join(DIST, 'sbom.cdx.json'), sbom);
