import { once } from 'node:events';
import { glob, readFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { KMSClient, ListAliasesCommand } from '@aws-sdk/client-kms';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsError } from '../functions/aws-errors.ts';
import { AWS_PATIENCE, callingUntil, patienceOf } from '../functions/aws-patience.ts';
import { lambda, withinTime } from '../functions/runtime/lambda.ts';
import { readObject } from '../functions/vault/storage/stored-object.client.ts';
import { rejectionOf } from './rejection.ts';

/** Reads the functions' own files. */
async function sources(pattern: string): Promise<[file: string, text: string][]> {
  const found: [string, string][] = [];
  for await (const file of glob(pattern)) found.push([file, await readFile(file, 'utf8')]);
  return found;
}

test('every client of a function has the settings that limit its calls', async () => {
  const made = (await sources('functions/**/*.ts')).flatMap(([file, text]) =>
    [...text.matchAll(/new (S3|KMS|SQS|SNS|SecretsManager|\w+)Client\([^)]*\)/g)].map(
      ([call]) => `${file}: ${call}`,
    ),
  );
  expect(made.length).toBeGreaterThan(8);
  expect(made.filter((call) => !/Client\((AWS_PATIENCE|settings|\{ \.\.\.settings)/.test(call))).toEqual([]);
});

test('every function ends its work before Lambda ends the function', async () => {
  const entries = await sources('functions/*/*.lambda.ts');
  expect(entries.length).toBeGreaterThan(6);
  expect(
    entries.filter(
      ([, text]) =>
        !/(await|return) (withinTime|stoppedInTime)\(context|withinTime\(context, \(\) =>/.test(text),
    ),
  ).toEqual([]);
});

/** How a server fails to answer. */
const SILENCES: Readonly<Record<string, (socket: Socket) => void>> = {
  'accepts and never answers': () => {},
  'drips its head': (socket) => drip(socket, 'HTTP/1.1 200 OK\r\nx-amz-drip: '),
  'drips its body': (socket) => drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n'),
};

function drip(socket: Socket, first: string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(' '), 20);
  socket.on('close', () => clearInterval(timer));
}

let behaviour: (socket: Socket) => void = () => {};
const sockets = new Set<Socket>();
const server = createServer((socket) => {
  sockets.add(socket);
  socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  socket.once('data', () => behaviour(socket));
});
let settings: typeof AWS_PATIENCE & { endpoint: string };

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  settings = {
    ...AWS_PATIENCE,
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  } as typeof settings;
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** A call of each client that a function has. */
const CALLS: Readonly<Record<string, () => Promise<unknown>>> = {
  's3:PutObject': () =>
    s3().send(new PutObjectCommand({ Bucket: 'vault', Key: 'a', Body: Buffer.alloc(100_000) })),
  's3:GetObject': () =>
    s3()
      .send(new GetObjectCommand({ Bucket: 'vault', Key: 'a' }))
      .then(({ Body }) => Body?.transformToString()),
  's3:GetObject, as the vault reads': () => readObject(s3(), { Bucket: 'vault', Key: 'a' }),
  'kms:ListAliases': () => new KMSClient(settings).send(new ListAliasesCommand({})),
  'sqs:SendMessage': () =>
    new SQSClient(settings).send(
      new SendMessageCommand({ QueueUrl: `${settings.endpoint}/1/queue`, MessageBody: 'a' }),
    ),
  'sns:Publish': () =>
    new SNSClient(settings).send(new PublishCommand({ Message: 'a', TopicArn: 'arn:aws:sns:a:1:b' })),
  'secretsmanager:GetSecretValue': () =>
    new SecretsManagerClient(settings).send(new GetSecretValueCommand({ SecretId: 'a' })),
};
const s3 = () => new S3Client({ ...settings, forcePathStyle: true });

test('a try that takes too long is repeated', async () => {
  let tries = 0;
  behaviour = (socket) => {
    tries++;
    if (tries > 1) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{"Aliases":[]}');
  };
  const client = new KMSClient({ ...settings, ...patienceOf(200) });
  expect(await client.send(new ListAliasesCommand({}))).toMatchObject({ Aliases: [] });
  expect(tries).toBe(2);
});

describe.each(Object.entries(SILENCES))('a server that %s', (_, silence) => {
  test.each(Object.entries(CALLS))('does not hold %s beyond the stop of the work', async (action, call) => {
    behaviour = silence;
    const error = await rejectionOf(
      callingUntil(AbortSignal.timeout(300), () => call().catch(awsError(action, {}))),
    );
    expect(error).toMatchObject({ code: 'AWS_UNAVAILABLE' });
  });

  test('leaves a function the time for its last words', async () => {
    behaviour = silence;
    const words: string[] = [];
    const handler = lambda(async (_event, context) => {
      const error = await rejectionOf(
        withinTime(context, () => CALLS['s3:GetObject']?.() ?? Promise.reject()),
      );
      words.push((error as { code: string }).code);
      // The ledger is as silent as the vault.
      await CALLS['s3:PutObject']?.().catch(() => words.push('not recorded'));
      return words;
    });
    const end = Date.now() + 1_500;
    const context = { getRemainingTimeInMillis: () => end - Date.now() } as Context;
    expect(await (handler as (event: unknown, context: Context) => Promise<unknown>)({}, context)).toEqual([
      'OUT_OF_TIME',
      'not recorded',
    ]);
  });
});

test('work that was stopped begins no further call', async () => {
  behaviour = () => expect.unreachable('a call was sent');
  const stopped = AbortSignal.abort();
  for (const [action, call] of Object.entries(CALLS)) {
    const error = await rejectionOf(callingUntil(stopped, () => call().catch(awsError(action, {}))));
    expect(error).toMatchObject({ code: 'AWS_UNAVAILABLE' });
  }
});

test('the stop of the function holds within work that has a stop of its own', async () => {
  behaviour = () => {};
  const [outer, inner] = [AbortSignal.timeout(200), new AbortController().signal];
  const call = () =>
    callingUntil(inner, () => CALLS['kms:ListAliases']?.().catch(awsError('kms:ListAliases', {})));
  expect(await rejectionOf(async () => callingUntil(outer, call))).toMatchObject({
    message: 'kms:ListAliases failed: TimeoutError',
  });
});
