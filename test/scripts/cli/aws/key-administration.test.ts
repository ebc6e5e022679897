import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, describe, expect, test } from 'vitest';
import { createKeyAdministration } from '../../../../scripts/cli/aws/key-administration.client.ts';
import { rejectionOf } from '../../../rejection.ts';

/** KMS as the command meets it over HTTP, with answers that are lost, and tags that do not count yet. */

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type Fault = 'lost before' | 'lost after' | 'AccessDeniedException' | 'ThrottlingException';

/** @param faults of the next calls, by action */
async function startKms(faults: Readonly<Record<string, readonly Fault[]>>) {
  const keys = [{ Arn: 'arn:of-another', Description: 'of another' }];
  const aliases = new Map<string, string>();
  const left = new Map(Object.entries(faults).map(([action, each]) => [action, [...each]]));
  const calls: string[] = [];
  const act = (action: string, input: Record<string, string>): [status: number, body: object] => {
    switch (action) {
      case 'CreateKey': {
        const key = { Arn: `arn:of-key-${keys.length}`, Description: input['Description'] ?? '' };
        keys.push(key);
        return [200, { KeyMetadata: key }];
      }
      case 'ListKeys':
        return [200, { Keys: keys.map(({ Arn }) => ({ KeyId: Arn, KeyArn: Arn })) }];
      case 'DescribeKey':
        return [200, { KeyMetadata: keys.find(({ Arn }) => Arn === input['KeyId']) }];
      case 'CreateAlias': {
        const { AliasName = '', TargetKeyId = '' } = input;
        if (aliases.has(AliasName)) return [400, { __type: 'AlreadyExistsException' }];
        aliases.set(AliasName, TargetKeyId);
        return [200, {}];
      }
      case 'ListAliases': {
        const named = [...aliases].filter(([, target]) => target === input['KeyId']);
        return [200, { Aliases: named.map(([AliasName]) => ({ AliasName })) }];
      }
      default:
        return [200, {}];
    }
  };
  const server = createServer(async (request, response) => {
    const action = String(request.headers['x-amz-target']).replace('TrentService.', '');
    const input = (await json(request)) as Record<string, string>;
    calls.push(action);
    const fault = left.get(action)?.shift();
    const isDone = fault === undefined || fault === 'lost after';
    const [status, body] = isDone ? act(action, input) : [400, { __type: fault }];
    if (fault?.startsWith('lost')) return void response.destroy();
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const settings = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const [kms, single] = [new KMSClient(settings), new KMSClient({ ...settings, maxAttempts: 1 })];
  closers.push(() => {
    kms.destroy();
    single.destroy();
    server.closeAllConnections();
    server.close();
  });
  const slept: number[] = [];
  const sleep = async (milliseconds: number) => slept.push(milliseconds);
  return { keys, aliases, calls, slept, administration: createKeyAdministration(kms, single, sleep) };
}

const ALIAS = 'alias/TenantBackup/credentials/second';

describe('the creation of a key whose answer is lost', () => {
  test.each<[what: string, faults: Fault[]]>([
    ['after KMS made it', ['lost after']],
    ['before KMS made it', ['lost before']],
    ['twice before, and once after', ['lost before', 'lost before', 'lost after']],
    ['throttled', ['ThrottlingException']],
  ])('makes one key: %s', async (_, faults) => {
    const { administration, keys } = await startKms({ CreateKey: faults });
    const keyArn = await administration.create('Seals a part');
    expect(keys.map(({ Arn }) => Arn)).toEqual(['arn:of-another', keyArn]);
  });

  test('is told with the description of the key where it cannot be looked for', async () => {
    const { administration } = await startKms({
      CreateKey: ['lost after'],
      ListKeys: ['AccessDeniedException'],
    });
    expect(await rejectionOf(administration.create('Seals a part'))).toMatchObject({
      code: 'AWS_UNAVAILABLE',
      message: expect.stringMatching(/there may be a new key with the description "Seals a part \(request /),
    });
  });
});

describe('the alias of a new key', () => {
  test('is found again where its answer was lost', async () => {
    const { administration, aliases } = await startKms({ CreateAlias: ['lost after'] });
    await administration.nameKey(ALIAS, 'arn:mine');
    expect([...aliases]).toEqual([[ALIAS, 'arn:mine']]);
  });

  test('is refused where another key has it', async () => {
    const { administration, aliases } = await startKms({});
    aliases.set(ALIAS, 'arn:of-another');
    expect((await rejectionOf(administration.nameKey(ALIAS, 'arn:mine'))).code).toBe('KEY_EXISTS');
  });
});

describe('a key whose tag does not count yet', () => {
  test.each([1, 8, 20])('is named and rotates after %i refusals', async (refusals) => {
    const faults = Array.from({ length: refusals }, () => 'AccessDeniedException' as const);
    const { administration, aliases, slept } = await startKms({
      EnableKeyRotation: faults,
      CreateAlias: faults,
    });
    await administration.enableRotation('arn:mine');
    await administration.nameKey(ALIAS, 'arn:mine');
    expect(aliases.get(ALIAS)).toBe('arn:mine');
    expect(slept).toHaveLength(2 * refusals);
  });

  test('is given up after the five minutes that AWS may take', async () => {
    const faults = Array.from({ length: 100 }, () => 'AccessDeniedException' as const);
    const { administration, slept } = await startKms({ CreateAlias: faults });
    expect((await rejectionOf(administration.nameKey(ALIAS, 'arn:mine'))).code).toBe('AWS_ACCESS_DENIED');
    const minutes = slept.reduce((sum, each) => sum + each, 0) / 60_000;
    expect(minutes).toBeGreaterThan(5);
    expect(minutes).toBeLessThan(7);
  });
});
