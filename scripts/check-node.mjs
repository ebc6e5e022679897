// Holds the installed Node against the digests below: the package `node` installs it by a script, so that the lock file has no
// digest of it. `npm ci` runs this file with the outer Node, before anything runs on the installed one.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const VERSION = '24.21.0';

/** SHA-256 of `bin/node` in each platform's package. */
export const DIGESTS = {
  'linux-x64': '7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c',
  'linux-arm64': '0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584',
  'win32-x64': 'ba4e6d110e8c1592a1ecd390f6b05f3da124b13871a5be62b341a07a853c6c32',
};

/** Compares an installed Node with its digest.
 * @returns what is wrong; null if nothing is, or if it is not installed */
export function problemOf(file, platform) {
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    // A production install leaves it out.
    if (error.code === 'ENOENT') return null;
    throw error;
  }
  const expected = Object.hasOwn(DIGESTS, platform) ? DIGESTS[platform] : undefined;
  if (expected === undefined) return `no digest of Node ${VERSION} for ${platform} in scripts/check-node.mjs`;
  const found = createHash('sha256').update(bytes).digest('hex');
  return found === expected ? null : `${file} must have the SHA-256 ${expected}, got ${found}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const file = fileURLToPath(new URL(`../node_modules/node/bin/${name}`, import.meta.url));
  const problem = problemOf(file, `${process.platform}-${process.arch}`);
  if (problem !== null) {
    console.error(`NODE_UNTRUSTED: ${problem}`);
    process.exitCode = 1;
  }
}
