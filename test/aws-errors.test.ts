import { describe, expect, test } from 'vitest';
import { awsError } from '../functions/aws-errors.ts';
import { rejectionOf, saidBy } from './rejection.ts';

const named = (name: string, message = 'canary-of-the-service') =>
  Object.assign(new Error(message), { name, $metadata: { requestId: '1' } });

describe('awsError', () => {
  test.each(['AccessDenied', 'AccessDeniedException'])('halts on %s and names the action', async (name) => {
    const error = await rejectionOf(() => awsError('s3:PutObject', { bucket: 'vault' })(named(name)));
    expect(error).toMatchObject({
      code: 'AWS_ACCESS_DENIED',
      disposition: 'halt',
      message: 'this role may not s3:PutObject',
      facts: { bucket: 'vault', action: 's3:PutObject', reason: name },
    });
  });

  test.each(['SlowDown', 'InternalError', 'TimeoutError'])('lets %s be tried again', async (name) => {
    const error = await rejectionOf(() => awsError('s3:GetObject', {})(named(name)));
    expect(error).toMatchObject({
      code: 'AWS_UNAVAILABLE',
      disposition: 'retry',
      message: `s3:GetObject failed: ${name}`,
    });
  });

  test.each([
    ['CredentialsProviderError', 'no AWS credentials were found'],
    ['TokenProviderError', 'no AWS credentials were found'],
    ['ExpiredToken', 'AWS does not accept these credentials: ExpiredToken'],
    ['InvalidClientTokenId', 'AWS does not accept these credentials'],
    ['InvalidToken', 'AWS does not accept these credentials'],
    ['UnrecognizedClientException', 'AWS does not accept these credentials'],
  ])('says of %s that it is the credentials', async (name, message) => {
    const error = await rejectionOf(() => awsError('s3:GetObject', { bucket: 'vault' })(named(name)));
    expect(error).toMatchObject({
      code: 'AWS_NOT_CONFIGURED',
      message: expect.stringContaining(message),
      facts: { bucket: 'vault', action: 's3:GetObject', reason: name },
    });
    // The command advises its own user; a function has no user who could sign in.
    expect(saidBy(error)).not.toMatch(/sso|sign in|AWS_PROFILE/);
  });

  test('tells what the system says of the network', async () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(await rejectionOf(() => awsError('s3:GetObject', {})(refused))).toMatchObject({
      code: 'AWS_UNAVAILABLE',
      message: 's3:GetObject failed: ECONNREFUSED',
    });
  });

  test('repeats no message of the service', async () => {
    expect(saidBy(await rejectionOf(() => awsError('s3:GetObject', {})(named('SlowDown'))))).not.toContain(
      'canary',
    );
  });

  test('survives what is no error', async () => {
    expect(await rejectionOf(() => awsError('s3:GetObject', {})('broken'))).toMatchObject({
      code: 'AWS_UNAVAILABLE',
      facts: { reason: 'unknown' },
    });
  });
});
