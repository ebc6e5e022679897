import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AwsCall, awsCallOf } from '../../../scripts/chaos/aws-call.ts';
import { type ChaosProxy, startChaosProxy } from '../../../scripts/chaos/chaos-proxy.ts';

/** A server that notes each call and answers with a body of 1,000 bytes. */
let server: Server;
let proxy: ChaosProxy;
let calls: AwsCall[];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      calls.push(awsCallOf(request, Buffer.concat(chunks)));
      response.end('a'.repeat(1_000));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  proxy = await startChaosProxy();
  proxy.forwardTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
beforeEach(() => {
  calls = [];
  proxy.inject([]);
});
afterAll(async () => {
  await proxy.close();
  server.close();
});

const settings = () => ({
  endpoint: proxy.url,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});
const s3 = () => new S3Client({ ...settings(), forcePathStyle: true });
const object = { Bucket: 'vault', Key: 'daily/acme.tar' };
const get = async () => {
  const { Body } = await s3().send(new GetObjectCommand(object));
  return Body?.transformToString();
};

describe('a call to AWS', () => {
  it.each<[what: string, send: () => Promise<unknown>, expected: Partial<AwsCall>]>([
    ['of S3 to an object', get, { service: 's3', action: 'GetObject' }],
    [
      'of S3 to a part of an object',
      () => s3().send(new PutObjectTaggingCommand({ ...object, Tagging: { TagSet: [] } })),
      { service: 's3', action: 'PutObject:tagging' },
    ],
    [
      'of S3 to a bucket',
      () => s3().send(new ListObjectVersionsCommand({ Bucket: 'vault' })),
      { service: 's3', action: 'ListObjectVersions' },
    ],
    [
      'in JSON',
      () => new KMSClient(settings()).send(new DecryptCommand({ CiphertextBlob: Buffer.from('x') })),
      { service: 'kms', action: 'Decrypt' },
    ],
    [
      'in the query protocol',
      () => new SNSClient(settings()).send(new PublishCommand({ Message: 'x', TopicArn: 'arn:x' })),
      { service: 'sns', action: 'Publish' },
    ],
    [
      'of Lambda',
      () => new LambdaClient(settings()).send(new InvokeCommand({ FunctionName: 'backup' })),
      { service: 'lambda', action: 'Invoke' },
    ],
  ])('%s is named as in the reference of its API', async (_what, send, expected) => {
    // The answer is none of that API.
    await send().catch(() => {});
    expect(calls).toEqual([expect.objectContaining(expected)]);
  });
});

describe('a fault', () => {
  const fault = { service: 's3', action: 'GetObject', url: '.tar' } as const;

  it('refuses a call with the code of the service, and the service does not see it', async () => {
    proxy.inject([{ ...fault, kind: 'refuse' }]);
    await expect(get()).rejects.toMatchObject({ name: 'SlowDown' });
    expect({ calls, hits: proxy.hits() }).toEqual({ calls: [], hits: [1] });
  });

  it.each(['lose', 'cut', 'garble'] as const)(
    'of kind %s spoils the answer of a call that was done',
    async (kind) => {
      proxy.inject([{ ...fault, kind }]);
      await expect(get()).rejects.toThrow();
      expect(calls.length).toBe(1);
    },
  );

  it('concerns the calls after the first ones, as often as it should, and no other call', async () => {
    proxy.inject([{ ...fault, kind: 'refuse', after: 1, times: 1 }]);
    const put = () =>
      s3()
        .send(new PutObjectCommand({ ...object, Body: 'x' }))
        .then(() => 'ok');
    const outcomes: unknown[] = [];
    for (const call of [get, put, get, get]) outcomes.push(await call().catch(({ name }: Error) => name));
    expect(outcomes).toEqual(['a'.repeat(1_000), 'ok', 'SlowDown', 'a'.repeat(1_000)]);
  });

  it('is met by no call while the proxy pauses', async () => {
    proxy.inject([{ ...fault, kind: 'refuse' }]);
    proxy.pause();
    expect(await get()).toHaveLength(1_000);
    expect(proxy.hits()).toEqual([0]);
  });
});
