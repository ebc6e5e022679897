import { describe, expect, test } from 'vitest';
import { awsError } from '../../functions/aws-errors.ts';
import { mayPass } from '../../functions/backup/may-pass.ts';
import { type ErrorCode, errorCodes, type Facts, TenantBackupError } from '../../functions/errors.ts';
import { keyRefusal } from '../../functions/vault/keys/key-refusal.ts';
import { rejectionOf } from '../rejection.ts';

const failure = (code: ErrorCode, facts: Facts = {}) => new TenantBackupError(code, 'failed', facts);

describe('a backup is tried again after', () => {
  test.each<[what: string, code: ErrorCode, facts: Facts]>([
    ['a client that is refused', 'AUTHENTICATION_REFUSED', { status: 401, error: 'invalid_client' }],
    ['a client that may not do this yet', 'AUTHENTICATION_REFUSED', { error: 'unauthorized_client' }],
    ['a token that an API refuses twice', 'AUTHENTICATION_REFUSED', { status: 401 }],
    ["a proxy's page in place of an export", 'EXPORT_MALFORMED', { foreign: true }],
    ["a proxy's 404", 'UNEXPECTED_RESPONSE', { status: 404, foreign: true }],
    ['a key whose alias or tag does not count yet', 'KEY_UNAVAILABLE', { reason: 'AccessDeniedException' }],
    ['a key that is not known everywhere yet', 'KEY_UNAVAILABLE', { reason: 'NotFoundException' }],
  ])('%s', (_, code, facts) => {
    expect(mayPass(failure(code, facts))).toBe(true);
  });

  test.each([
    'AccessDenied',
    'AccessDeniedException',
    'ExpiredToken',
    'ExpiredTokenException',
    'RequestExpired',
    'InvalidToken',
    'UnrecognizedClientException',
    'SlowDown',
  ])('%s of AWS, whatever KMS or another service calls it', async (name) => {
    const cause = Object.assign(new Error(name), { name });
    const refused = await rejectionOf(() => awsError('s3:PutObject', {})(cause));
    expect(mayPass(refused as TenantBackupError)).toBe(true);
    for (const action of ['kms:GenerateDataKey', 'kms:Sign', 'kms:GetPublicKey']) {
      expect(mayPass(keyRefusal(action, 'arn:aws:kms:eu-central-1:111122223333:key/1', cause))).toBe(true);
    }
  });
});

describe('a backup is final at once after', () => {
  test.each<[what: string, code: ErrorCode, facts: Facts]>([
    ['a scope that the client lacks', 'AUTHENTICATION_REFUSED', { error: 'invalid_scope' }],
    ['a tenant that SecureAuth does not know', 'TENANT_NOT_FOUND', { errorCode: 'not_found' }],
    ['a permission that SecureAuth denies', 'PERMISSION_DENIED', { errorCode: 'forbidden' }],
    ['an export of SecureAuth that is none', 'EXPORT_MALFORMED', {}],
    ['an answer of SecureAuth that is not described', 'UNEXPECTED_RESPONSE', { errorCode: 'bad_request' }],
    ['a key that is disabled', 'KEY_UNAVAILABLE', { reason: 'DisabledException' }],
    ['a mistake in this software', 'DEFECT', {}],
  ])('%s', (_, code, facts) => {
    expect(mayPass(failure(code, facts))).toBe(false);
  });
});

test('what passes by itself is always tried again', () => {
  const passing = errorCodes
    .map((code) => failure(code))
    .filter(({ disposition }) => disposition === 'retry');
  expect(passing.length).toBeGreaterThan(5);
  expect(passing.every(mayPass)).toBe(true);
});
