#!/usr/bin/env node
// Runs the command with the current Node if it is recent enough, otherwise with the Node that the project installs.
// An old Node reads this file, so it uses only syntax of Node 14.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = new URL('./main.ts', import.meta.url);
// The npm package has the command compiled, as Node runs no TypeScript below node_modules.
const main = existsSync(source) ? source : new URL('../../dist/scripts/cli/main.js', import.meta.url);
const installed = fileURLToPath(
  new URL(`../../node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`, import.meta.url),
);

if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import(main.href);
} else if (existsSync(installed)) {
  const child = spawn(installed, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches both processes; the child prints a message before it ends.
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
  const next = existsSync(source) ? 'run npm ci in the project folder' : 'install Node 24, or set PATH to it';
  console.error(`NODE_TOO_OLD: needs Node 24 or newer, got ${process.version}\n  next: ${next}`);
  process.exitCode = 1;
}
