import { describe, expect, test } from 'vitest';
import { toTenantBackupError } from '../functions/defect.ts';
import { TenantBackupError } from '../functions/errors.ts';
import { saidBy } from './rejection.ts';

describe('toTenantBackupError', () => {
  test('leaves our own errors as they are', () => {
    const error = new TenantBackupError('NO_BACKUP', 'none');
    expect(toTenantBackupError(error)).toBe(error);
  });

  test('tells kind and place of any other error, and never its message', () => {
    const error = toTenantBackupError(new TypeError('cannot read canary-secret'));
    expect(error).toMatchObject({ code: 'DEFECT', disposition: 'halt', facts: { name: 'TypeError' } });
    expect(error.message).toMatch(/^unexpected TypeError at defect\.test\.ts:\d+:\d+$/);
    expect(saidBy(error)).not.toContain('canary');
  });

  test('is not fooled by a message that looks like a stack', () => {
    const error = toTenantBackupError(new Error('broken\n    at canary-secret:1:2'));
    expect(saidBy(error)).not.toContain('canary');
  });

  test.each([['canary-text'], [{ secret: 'canary' }], [undefined], [null], [42]])(
    'takes a thrown %j, which is no error',
    (thrown) => {
      const error = toTenantBackupError(thrown);
      expect(error.code).toBe('DEFECT');
      expect(saidBy(error)).not.toContain('canary');
    },
  );
});
