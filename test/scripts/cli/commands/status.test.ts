import { expect, test } from 'vitest';
import { commandOf } from '../../../../scripts/cli/commands/status.ts';

test.each([
  [{ send: 'everything' }, 'tenant-backup restore acme'],
  [{ send: 'changes' }, 'tenant-backup restore acme --send changes'],
  [{ send: 'patch' }, 'tenant-backup restore acme --send patch'],
  [{}, 'tenant-backup restore acme'],
])('a request of %j is repeated as %s', (request, command) => {
  expect(commandOf({ tenant: 'acme', ...request })).toBe(command);
});
