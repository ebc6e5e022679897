import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { manifestDigest, serializeManifest } from '../../functions/vault/format/manifest.ts';
import { runProgram } from '../../scripts/local/run-program.ts';
import { anyManifest } from './any-manifest.ts';

/** What the runbook types. */
const FILTER = 'del(.parts[].sealedBytes, .parts[].sealedSha256, .parts[].recipients)';

it('the digest of every manifest is what jq and SHA-256 make of it', async () => {
  const manifests = fc.sample(anyManifest, 500);
  const folder = await mkdtemp(join(tmpdir(), 'manifests-'));
  try {
    const file = join(folder, 'manifests.json');
    await writeFile(file, Buffer.concat(manifests.map((manifest) => serializeManifest(manifest))));
    const { exitCode, output } = await runProgram('jq', ['-cS', FILTER, file]);
    expect(exitCode).toBe(0);
    const lines = output.trimEnd().split('\n');
    expect(lines.map((line) => createHash('sha256').update(line).digest('hex'))).toEqual(
      manifests.map((manifest) => manifestDigest(manifest)),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
