#!/usr/bin/env node
// Runs main.ts with a Node that can: the present one, or else the one that the project installs. Keeps to what every
// Node since 14 understands, as this is the one file that an old one reads.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const installed = fileURLToPath(
  new URL(`../../node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`, import.meta.url),
);

if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import('./main.ts');
} else if (existsSync(installed)) {
  const child = spawn(installed, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches both; the child has something to say before it ends.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(`NODE_TOO_OLD: ${installed} does not start: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('close', (code, signal) => {
    process.exitCode = signal === null ? code : 1;
  });
} else {
  console.error(
    `NODE_TOO_OLD: Node 24 or newer is needed, this is ${process.version}, and ${installed} is not installed\n` +
      '  next: npm ci, in the folder of the project',
  );
  process.exitCode = 1;
}
