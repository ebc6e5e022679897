import { expect, test } from 'vitest';
import { errorCodes, TenantBackupError } from '../../../../functions/errors.ts';
import { buildProgram } from '../../../../scripts/cli/program.ts';
import { hintFor } from '../../../../scripts/cli/ui/hints.ts';
import { verbsOf } from '../command-tree.ts';

const verbs = verbsOf(buildProgram()).map(({ path }) => path);

test.each(errorCodes)('%s says what to do next, and names only verbs that exist', (code) => {
  const hint = hintFor(new TenantBackupError(code, 'failed', { tenant: 'acme' }));
  expect(hint).not.toBe('');
  for (const [, words = ''] of hint.matchAll(/tenant-backup ((?:[a-z]+ ?)+)/g)) {
    expect(
      ['help', ...verbs].some((verb) => `${words} `.startsWith(`${verb} `)),
      words,
    ).toBe(true);
  }
});

test('names another plan for a stale one, of the same backup and into the same tenant', () => {
  const stale = (facts: TenantBackupError['facts']) =>
    hintFor(new TenantBackupError('PLAN_STALE', 'changed', facts));
  expect(stale({ tenant: 'acme', backupOf: 'acme', versionId: 'v1' })).toBe(
    'tenant-backup plan acme@v1 (with the same options), then: tenant-backup restore acme --plan <the new id>',
  );
  expect(stale({ tenant: 'copy', backupOf: 'acme', versionId: 'v1' })).toMatch(
    /^tenant-backup plan acme@v1 --into copy .* restore copy --plan/,
  );
});

test.each(['AWS_NOT_CONFIGURED', 'AWS_UNAVAILABLE', 'AWS_ACCESS_DENIED', 'KEY_UNAVAILABLE'] as const)(
  '%s of a function advises nothing about the machine of the person',
  (code) => {
    const hint = hintFor(new TenantBackupError(code, 'failed', { tenant: 'acme', inFunction: true }));
    expect(hint).toMatch(/minute/);
    expect(hint).not.toMatch(/sso|AWS_|identity|network/);
  },
);

test('names the choice for identifiers that another user has', () => {
  const hint = (problem: string) =>
    hintFor(new TenantBackupError('CHANGE_IMPOSSIBLE', 'no', { tenant: 'acme', problem }));
  expect(hint('IDENTIFIER_TAKEN')).toContain('--identifiers skip');
  expect(hint('CONFLICT')).toBe('tenant-backup plan acme');
});
