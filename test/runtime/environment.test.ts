import { describe, expect, test } from 'vitest';
import { isLocalAws, readEnvironment, wholeNumber } from '../../functions/runtime/environment.ts';
import { rejectionOf } from '../rejection.ts';

describe('readEnvironment', () => {
  test('gives the variables by our names', () => {
    expect(readEnvironment(['queueUrl'], { QUEUE_URL: 'https://queue', OTHER: 'x' })).toEqual({
      queueUrl: 'https://queue',
    });
  });

  test('names every missing variable at once, an empty one included', async () => {
    const error = await rejectionOf(() =>
      readEnvironment(['vaultBucket', 'queueUrl', 'maxReceiveCount'], { QUEUE_URL: 'x', VAULT_BUCKET: '' }),
    );
    expect(error).toMatchObject({
      code: 'INVALID_ENVIRONMENT',
      message: 'environment variables are missing: VAULT_BUCKET, MAX_RECEIVE_COUNT',
    });
  });
});

describe('isLocalAws', () => {
  test.each(['http://127.0.0.1:4566', 'http://localhost:4566', 'http://[::1]:4566'])(
    'is told by %s',
    (endpoint) => {
      expect(isLocalAws({ AWS_ENDPOINT_URL: endpoint })).toBe(true);
    },
  );

  test.each([
    undefined,
    '',
    '127.0.0.1',
    'https://vpce-1.s3.eu-central-1.vpce.amazonaws.com',
    'http://127.0.0.1.example.test',
    'http://localhost.example.test',
    'http://169.254.169.254',
  ])('is not told by %s', (endpoint) => {
    expect(isLocalAws({ AWS_ENDPOINT_URL: endpoint, AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001' })).toBe(false);
  });
});

describe('wholeNumber', () => {
  test.each([
    ['0', 0],
    ['900', 900],
    ['268435456', 268_435_456],
  ])('reads %s', (text, value) => {
    expect(wholeNumber('maxExportBytes', text)).toBe(value);
  });

  test.each(['', ' ', '-1', '1.5', '1e3', '0x10', 'many', '9007199254740993'])(
    'refuses "%s"',
    async (text) => {
      expect(await rejectionOf(() => wholeNumber('maxExportBytes', text))).toMatchObject({
        code: 'INVALID_ENVIRONMENT',
        message: `MAX_EXPORT_BYTES must be a whole number, got "${text}"`,
      });
    },
  );
});
