import { expect, test } from 'vitest';
import { meansBroken } from '../../functions/audit/verdict.ts';
import { type ErrorCode, errorCodes, TenantBackupError } from '../../functions/errors.ts';

const broken = (code: ErrorCode) => meansBroken(new TenantBackupError(code, 'failed'));

test.each<ErrorCode>([
  'AWS_UNAVAILABLE',
  'AWS_ACCESS_DENIED',
  'AWS_NOT_CONFIGURED',
  'KEY_UNAVAILABLE',
  'OUT_OF_TIME',
  'VERSION_NOT_FOUND',
  'BACKUP_TOO_LARGE',
])('%s is no verdict on a backup', (code) => {
  expect(broken(code)).toBe(false);
});

test('what the archive itself shows is one', () => {
  const ofArchive = errorCodes.filter((code) =>
    /^(ARCHIVE|MANIFEST|PART|SEAL|DIGEST|CONTEXT)_.*(MALFORMED|BROKEN|MISMATCH)$/.test(code),
  );
  expect(ofArchive.length).toBeGreaterThanOrEqual(6);
  expect(ofArchive.every(broken)).toBe(true);
});
