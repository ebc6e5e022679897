import { CloudWatchClient, DisableAlarmActionsCommand } from '@aws-sdk/client-cloudwatch';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import {
  ENROLMENT_PREFIX,
  LEDGER_WRITERS,
  type LedgerWriter,
  type OperatorPolicy,
  type OutputName,
} from '../../functions/runtime/names.ts';
import { vaultKey } from '../../functions/vault/format/layout.ts';
import type { LedgerKeys } from '../../functions/vault/storage/ledger-writers.ts';
import type { clientSettings } from '../../scripts/local/local-aws.ts';
import type { Deployed } from '../deployed.ts';

/** What a thief of a role or of a person's policy does with the tenant `acme`, tried on the deployed stack. */
const PROMISES = [
  'open a backup',
  'read credentials',
  'change a tenant in use',
  'delete or shorten a version',
  'forge an archive',
  'forge a record of another role',
  'silence the audit',
  'hold a lock',
] as const;
type Broken = (typeof PROMISES)[number];

/** The roles of the schedules can be assumed by the scheduler alone; the simulated policies show what they may do. */
type Stolen = keyof typeof OutputName | OperatorPolicy;

/** What each may do, which `docs/SECURITY.md` says in words. */
export const STOLEN: readonly (readonly [Stolen, readonly Broken[]])[] = [
  ['dispatchFunction', []],
  ['backupFunction', ['change a tenant in use', 'forge an archive']],
  ['planFunction', ['open a backup', 'change a tenant in use']],
  [
    'restoreFunction',
    ['open a backup', 'read credentials', 'change a tenant in use', 'forge an archive', 'hold a lock'],
  ],
  ['statusFunction', []],
  ['auditFunction', ['open a backup', 'silence the audit']],
  ['drillFunction', ['open a backup', 'read credentials']],
  ['viewer', []],
  ['operator', []],
  ['restorer', ['change a tenant in use']],
  ['tenantAdministrator', []],
  ['keyAdministrator', []],
];

type Settings = ReturnType<typeof clientSettings>;
type Step = () => Promise<unknown>;
/** Ways to break a promise: one of which all steps succeed is enough. */
type Ways = readonly (readonly Step[])[];

const WRITER: Readonly<Partial<Record<Stolen, LedgerWriter>>> = {
  planFunction: 'plan',
  restoreFunction: 'restore',
  auditFunction: 'audit',
  drillFunction: 'drill',
};

const RECORD: Readonly<Record<LedgerWriter, string>> = {
  plan: 'plans/acme/forged.json',
  restore: 'operations/acme/forged.json',
  audit: 'reports/latest.json',
  drill: 'drills/acme/forged.json',
};

/** @param deployed the stack, in which `acme` has a backup */
export function testStolen(deployed: () => Deployed): void {
  test.each(STOLEN)('%s, stolen, breaks no more than: %s', async (stolen, expected) => {
    const ways = await waysOf(deployed(), await settingsOf(deployed(), stolen), WRITER[stolen]);
    const broken: Broken[] = [];
    for (const promise of PROMISES) if (await succeeds(ways[promise])) broken.push(promise);
    expect(broken).toEqual(expected);
  });
}

async function succeeds(ways: Ways): Promise<boolean> {
  for (const steps of ways) {
    if (await allAllowed(steps)) return true;
  }
  return false;
}

async function allAllowed(steps: readonly Step[]): Promise<boolean> {
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      if (/AccessDenied|Forbidden/.test((error as Error).name)) return false;
      // Whatever else fails would pass for a refusal.
      throw error;
    }
  }
  return true;
}

const settingsOf = (deployed: Deployed, stolen: Stolen): Promise<Settings> =>
  stolen.endsWith('Function')
    ? deployed.asFunction(stolen as keyof typeof OutputName)
    : deployed.asOperator(stolen as OperatorPolicy, 'viewer');

async function waysOf(
  deployed: Deployed,
  settings: Settings,
  self: LedgerWriter | undefined,
): Promise<Readonly<Record<Broken, Ways>>> {
  const { deployment } = deployed;
  const [version] = await deployment.versionsOf('acme');
  if (version === undefined) throw new Error('acme has no backup');
  const { keys } = JSON.parse(deployment.output('ledgerKeys')) as LedgerKeys;
  const vault = { Bucket: deployment.output('vaultBucket') };
  const ledger = { Bucket: deployment.output('ledgerBucket') };
  const archive = { ...vault, Key: vaultKey(version.tier, version.tenant), VersionId: version.versionId };
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const kms = new KMSClient(settings);
  const lambda = new LambdaClient(settings);
  const secrets = new SecretsManagerClient(settings);
  const cloudwatch = new CloudWatchClient(settings);

  const read: Step = () => s3.send(new GetObjectCommand(archive));
  const put =
    (bucket: { Bucket: string }, Key: string): Step =>
    () =>
      s3.send(new PutObjectCommand({ ...bucket, Key, Body: 'forged' }));
  const sign =
    (KeyId: string): Step =>
    () =>
      kms.send(
        new SignCommand({
          KeyId,
          Message: Buffer.alloc(32),
          MessageType: 'DIGEST',
          SigningAlgorithm: 'ECDSA_SHA_256',
        }),
      );
  const decrypt = async (KeyId: string, part: string): Promise<Step> => {
    const EncryptionContext = { tenant: 'acme', part };
    const { CiphertextBlob } = await deployment.kms.send(
      new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }),
    );
    return () => kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  };
  const FunctionName = deployment.output('auditFunction');
  return {
    'open a backup': [[read, await decrypt(deployment.output('configurationAliasArn'), 'hub.config')]],
    'read credentials': [[read, await decrypt(deployment.output('credentialsAliasArn'), 'hub.credentials')]],
    'change a tenant in use': [
      [() => secrets.send(new GetSecretValueCommand({ SecretId: `${ENROLMENT_PREFIX}acme` }))],
      // The function refuses the event; the thief was let in.
      [
        () =>
          lambda.send(
            new InvokeCommand({ FunctionName: deployment.output('restoreFunction'), Payload: '{}' }),
          ),
      ],
    ],
    'delete or shorten a version': [
      [() => s3.send(new DeleteObjectCommand(archive))],
      [() => s3.send(new DeleteObjectCommand({ ...vault, Key: archive.Key }))],
      [
        () =>
          s3.send(
            new PutBucketLifecycleConfigurationCommand({
              ...vault,
              LifecycleConfiguration: {
                Rules: [{ ID: 'all', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } }],
              },
            }),
          ),
      ],
      [
        () =>
          s3.send(
            new PutBucketVersioningCommand({ ...vault, VersioningConfiguration: { Status: 'Suspended' } }),
          ),
      ],
    ],
    'forge an archive': ['manual', 'safety'].map((tier) => [
      sign(deployment.output('signingKeyArn')),
      put(vault, `${tier}/acme.tar`),
    ]),
    'forge a record of another role': LEDGER_WRITERS.filter((writer) => writer !== self).map((writer) => [
      sign(keys[writer] ?? ''),
      put(ledger, RECORD[writer]),
    ]),
    'silence the audit': [
      [sign(keys.audit ?? ''), put(ledger, RECORD.audit)],
      [
        () =>
          lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 })),
      ],
      [() => cloudwatch.send(new DisableAlarmActionsCommand({ AlarmNames: ['any'] }))],
    ],
    'hold a lock': [[put(ledger, 'locks/acme.json')]],
  };
}
