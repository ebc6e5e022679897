import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../scripts/cost/main.ts', import.meta.url));
const cost = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

test('prints the bill by service with prices and their date', () => {
  const { stdout, status } = cost('--tenants', '1000', '--size', '1MB');
  expect(status).toBe(0);
  expect(stdout).toMatch(/as of \d{4}-\d\d/);
  expect(stdout).toMatch(/Secrets Manager +enrolments +1,000 +\$0\.4 per secret and month +400\.00/);
  expect(stdout).toMatch(/A further tenant costs [\d.]+ cents a month/);
});

test('prints the same as JSON', () => {
  const { stdout } = cost('--tenants', '1000', '--size', '1MB', '--json');
  const { total, bill } = JSON.parse(stdout) as { total: number; bill: { dollars: number }[] };
  expect(total).toBeCloseTo(bill.reduce((sum, { dollars }) => sum + dollars, 0));
});

test.each([
  [['--tenants', 'many', '--size', '1MB'], 'at least 1'],
  [['--tenants', '1', '--size', '1'], 'a size like'],
  [['--size', '1MB'], '--tenants'],
])('refuses %j as wrong use', (args, message) => {
  const { stderr, status } = cost(...args);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});
