import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { clientSettings, type LocalAws, startLocalAws } from '../../../scripts/local/local-aws.ts';
import { eventually } from './processes.ts';

/** A role that may use keys by their aliases and for one encryption context only. */
const TEMPLATE = {
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
        },
        Policies: [
          {
            PolicyName: 'keys',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                {
                  Effect: 'Allow',
                  Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
                  Resource: 'arn:aws:kms:*:*:key/*',
                  Condition: {
                    'ForAnyValue:StringLike': { 'kms:ResourceAliases': ['alias/ours', 'alias/ours/*'] },
                    StringLike: { 'kms:EncryptionContext:part': '*.config' },
                  },
                },
              ],
            },
          },
        ],
      },
    },
  },
  Outputs: { RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
};

let localAws: LocalAws;
let root: KMSClient;
let role: KMSClient;

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  localAws = await startLocalAws();
  root = new KMSClient(clientSettings(localAws));
  const configFile = join(localAws.dataFolder, 'config');
  await writeFile(
    configFile,
    [
      '[profile root]',
      `aws_access_key_id = ${localAws.environment['AWS_ACCESS_KEY_ID']}`,
      `aws_secret_access_key = ${localAws.environment['AWS_SECRET_ACCESS_KEY']}`,
      '[profile role]',
      'source_profile = root',
      `role_arn = ${await createRole()}`,
    ].join('\n'),
  );
  vi.stubEnv('AWS_CONFIG_FILE', configFile);
  vi.stubEnv('AWS_ENDPOINT_URL', localAws.endpoint);
  vi.stubEnv('AWS_REGION', localAws.region);
  role = new KMSClient({ profile: 'role' });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await localAws?.stop();
});

const createRole = async (): Promise<string> => {
  const cloudFormation = new CloudFormationClient(clientSettings(localAws));
  const stack = { StackName: 'Role' };
  await cloudFormation.send(
    new CreateStackCommand({
      ...stack,
      TemplateBody: JSON.stringify(TEMPLATE),
      Capabilities: ['CAPABILITY_IAM'],
    }),
  );
  let roleArn = '';
  await eventually(async () => {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand(stack));
    roleArn = Stacks?.[0]?.Outputs?.[0]?.OutputValue ?? '';
    return roleArn !== '';
  });
  return roleArn;
};

const createKey = async (alias?: string): Promise<string> => {
  const { KeyMetadata } = await root.send(new CreateKeyCommand({}));
  if (alias) {
    await root.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId }));
  }
  return KeyMetadata?.Arn ?? '';
};

const seal = (kms: KMSClient, KeyId: string, EncryptionContext?: Record<string, string>) =>
  kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }));

const part = { part: 'hub.config' };
const denied = { name: 'AccessDeniedException' };

describe('a policy with conditions on a KMS key', () => {
  test('allows a key by an alias of it, whether the request names the key or the alias', async () => {
    const keyArn = await createKey('alias/ours/a');
    const aliasArn = keyArn.replace(/key\/.*/, 'alias/ours/a');
    for (const name of [keyArn, aliasArn, 'alias/ours/a']) {
      await expect(seal(role, name, part)).resolves.toMatchObject({ KeyId: keyArn });
    }
  });

  test('refuses a key without such an alias', async () => {
    await expect(seal(role, await createKey(), part)).rejects.toMatchObject(denied);
    await expect(seal(role, await createKey('alias/theirs'), part)).rejects.toMatchObject(denied);
    await expect(seal(role, 'alias/theirs', part)).rejects.toMatchObject(denied);
  });

  test('refuses a request with another encryption context, or without any', async () => {
    const keyArn = await createKey('alias/ours/b');
    await expect(seal(role, keyArn, { part: 'hub.credentials' })).rejects.toMatchObject(denied);
    await expect(seal(role, keyArn)).rejects.toMatchObject(denied);
  });

  test('judges a decryption by the key that the ciphertext names', async () => {
    const open = async (keyArn: string, EncryptionContext: Record<string, string>) => {
      const { CiphertextBlob } = await seal(root, keyArn, EncryptionContext);
      return role.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    };
    const ours = await createKey('alias/ours/c');
    await expect(open(ours, part)).resolves.toMatchObject({ KeyId: ours });
    await expect(open(ours, { part: 'hub.credentials' })).rejects.toMatchObject(denied);
    await expect(open(await createKey(), part)).rejects.toMatchObject(denied);
  });
});
