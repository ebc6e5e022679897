import { expect, test } from 'vitest';
import { errorCodes, TenantBackupError } from '../../../functions/errors.ts';
import { hintFor } from '../../../scripts/tenant-backup/hints.ts';
import { buildProgram } from '../../../scripts/tenant-backup/program.ts';
import { verbsOf } from './command-tree.ts';

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
