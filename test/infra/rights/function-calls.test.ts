import { afterAll, describe, expect, it } from 'vitest';
import { logicalId, synthesize } from '../synthesize.ts';
import { arnOf } from '../template-arns.ts';
import { commandsOf } from './commands-of.ts';
import { type AccessRequest, type Decision, simulate } from './policy-simulator.ts';
import { resourceNames } from './role-tables.ts';

/** Every call that the code of a function can make, held against the rights of its role: what the function calls is
 * allowed, and what it only carries along is not. */

const template = synthesize({
  drill: { schedule: 'rate(7 days)', into: 'acme' },
  objectLock: { mode: 'compliance', days: 7 },
});
const names = resourceNames(template);
const { vault, ledger, archive, safetyArchive, enrolment, signingKey } = names;

type Request = Omit<AccessRequest, 'role'>;
type Requests = Readonly<Record<string, readonly Request[]>>;

const on = (resource: string, ...actions: string[]): Request[] =>
  actions.map((action) => ({ action, resource }));
const onPart = (action: string, ...purposes: string[]): Request[] =>
  purposes.map((purpose) => ({
    action,
    resource: 'arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012',
    context: {
      'kms:EncryptionContext:tenant': 'acme',
      'kms:EncryptionContext:part': purpose === 'configuration' ? 'hub.config' : 'hub.credentials',
      'kms:ResourceAliases': [`alias/TenantBackup/${purpose}/first`],
    },
  }));
const onKey = (...actions: string[]): Request[] =>
  onPart('', 'configuration').flatMap(({ resource }) =>
    actions.map((action) => ({
      action,
      resource,
      context: { 'kms:ResourceAliases': ['alias/TenantBackup/configuration/first'] },
    })),
  );
const BOTH = ['configuration', 'credentials'];
const NIGHTLY = ['daily', 'weekly', 'monthly', 'yearly', 'manual'];

const put = (object: string): Request[] =>
  on(object, 's3:PutObject', 's3:PutObjectTagging', 's3:PutObjectRetention', 's3:AbortMultipartUpload');
const putEntries = (...kinds: string[]): Request[] =>
  kinds.flatMap((kind) => on(`${ledger}/${kind}/acme/1.json`, 's3:PutObject'));
const readEntries = (...kinds: string[]): Request[] =>
  kinds.flatMap((kind) => on(`${ledger}/${kind}/acme/1.json`, 's3:GetObject'));
const lock = `${ledger}/locks/acme.json`;
const topic = arnOf(template, logicalId(template, 'AWS::SNS::Topic', 'AlarmTopic'));
const fingerprintKey = arnOf(template, logicalId(template, 'AWS::KMS::Key', 'KeysFingerprint'));

/** What each call asks for at least. Where a function calls it for more, `CALLS` says so. */
const REQUESTS: Requests = {
  ChangeMessageVisibility: on(names.backupQueue, 'sqs:ChangeMessageVisibility'),
  CreateSecret: on(enrolment, 'secretsmanager:CreateSecret'),
  Decrypt: onPart('kms:Decrypt', ...BOTH),
  DescribeKey: onKey('kms:DescribeKey'),
  DescribeSecret: on(enrolment, 'secretsmanager:DescribeSecret'),
  Encrypt: onPart('kms:Encrypt', ...BOTH),
  GenerateDataKey: onPart('kms:GenerateDataKey', ...BOTH),
  GenerateMac: on(fingerprintKey, 'kms:GenerateMac'),
  GetBucketLifecycleConfiguration: on(vault, 's3:GetLifecycleConfiguration'),
  GetBucketPolicy: on(vault, 's3:GetBucketPolicy'),
  GetBucketVersioning: on(vault, 's3:GetBucketVersioning'),
  GetKeyPolicy: onKey('kms:GetKeyPolicy'),
  GetObject: on(archive, 's3:GetObject', 's3:GetObjectVersion'),
  GetObjectLegalHold: on(archive, 's3:GetObjectLegalHold'),
  GetObjectLockConfiguration: on(vault, 's3:GetBucketObjectLockConfiguration'),
  GetObjectRetention: on(archive, 's3:GetObjectRetention'),
  GetObjectTagging: on(archive, 's3:GetObjectVersionTagging'),
  GetPublicAccessBlock: on(vault, 's3:GetBucketPublicAccessBlock'),
  GetPublicKey: on(signingKey, 'kms:GetPublicKey'),
  GetSecretValue: on(enrolment, 'secretsmanager:GetSecretValue'),
  ListAliases: on('*', 'kms:ListAliases'),
  ListGrants: onKey('kms:ListGrants'),
  ListObjectVersions: on(vault, 's3:ListBucketVersions'),
  ListObjectsV2: on(ledger, 's3:ListBucket'),
  ListSecrets: on('*', 'secretsmanager:ListSecrets'),
  Publish: on(topic, 'sns:Publish'),
  PutObject: put(archive),
  PutObjectLegalHold: on(archive, 's3:PutObjectLegalHold'),
  SendMessage: on(names.deadLetterQueue, 'sqs:SendMessage'),
  SendMessageBatch: on(names.backupQueue, 'sqs:SendMessage'),
  Sign: on(signingKey, 'kms:Sign'),
};

const asIs = (...commands: string[]): Requests =>
  Object.fromEntries(commands.map((command) => [command, REQUESTS[command] ?? []]));
const READ_BACKUPS = asIs('GetObjectTagging', 'GetPublicKey', 'ListAliases', 'ListObjectVersions');
const RESTORE = {
  ...READ_BACKUPS,
  ...asIs('GetSecretValue', 'GenerateMac', 'Decrypt', 'GenerateDataKey', 'Sign', 'ListObjectsV2'),
};

/** What each function calls. */
const CALLS: Readonly<Record<string, Requests>> = {
  dispatch: {
    ...asIs('DescribeSecret', 'ListSecrets', 'SendMessageBatch'),
    PutObject: putEntries('requests'),
  },
  backup: {
    ...asIs('GetSecretValue', 'GenerateMac', 'GenerateDataKey', 'Sign', 'GetPublicKey', 'ListObjectVersions'),
    ...asIs('GetObjectTagging', 'SendMessage', 'SendMessageBatch', 'ChangeMessageVisibility'),
    PutObject: [
      ...NIGHTLY.flatMap((tier) => put(`${vault}/${tier}/acme.tar`)),
      ...putEntries('tries', 'failures', 'claims', 'forwards', 'checks'),
    ],
    GetObject: readEntries('checks'),
  },
  plan: {
    ...READ_BACKUPS,
    ...asIs('GetSecretValue', 'GenerateMac', 'GetObject'),
    Decrypt: onPart('kms:Decrypt', 'configuration'),
    PutObject: putEntries('plans'),
  },
  restore: {
    ...RESTORE,
    GetObject: [
      ...(REQUESTS['GetObject'] ?? []),
      ...on(lock, 's3:GetObject'),
      ...readEntries('operations', 'plans'),
    ],
    PutObject: [...put(safetyArchive), ...putEntries('operations'), ...on(lock, 's3:PutObject')],
  },
  status: {
    ...asIs('ListObjectsV2', 'ListObjectVersions', 'GetObjectTagging'),
    GetObject: readEntries('operations', 'requests', 'tries', 'failures', 'forwards'),
  },
  audit: {
    ...READ_BACKUPS,
    ...asIs('DescribeKey', 'GetKeyPolicy', 'ListGrants', 'ListSecrets', 'Publish', 'ListObjectsV2'),
    ...asIs('GetBucketLifecycleConfiguration', 'GetBucketPolicy', 'GetBucketVersioning'),
    ...asIs('GetObjectLockConfiguration', 'GetPublicAccessBlock'),
    Decrypt: onPart('kms:Decrypt', 'configuration'),
    GetObject: [
      ...(REQUESTS['GetObject'] ?? []),
      ...readEntries('reports', 'failures', 'operations', 'drills'),
    ],
    PutObject: putEntries('reports'),
  },
  drill: {
    ...RESTORE,
    GetObject: [...(REQUESTS['GetObject'] ?? []), ...on(lock, 's3:GetObject'), ...readEntries('operations')],
    PutObject: [...put(safetyArchive), ...putEntries('drills', 'operations'), ...on(lock, 's3:PutObject')],
  },
};

/** What no function may do, whatever its code can call. */
const NEVER: readonly Request[] = [
  ...on(archive, 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention'),
  ...on(
    vault,
    's3:PutBucketPolicy',
    's3:DeleteBucketPolicy',
    's3:PutLifecycleConfiguration',
    's3:DeleteBucket',
  ),
  ...on(vault, 's3:PutBucketVersioning', 's3:PutBucketObjectLockConfiguration'),
  ...on(names.strangersSecret, 'secretsmanager:GetSecretValue'),
  ...on(enrolment, 'secretsmanager:PutSecretValue', 'secretsmanager:DeleteSecret'),
  ...onKey('kms:ScheduleKeyDeletion', 'kms:DisableKey', 'kms:PutKeyPolicy', 'kms:UpdateAlias'),
  ...onPart('kms:CreateGrant', ...BOTH),
  ...on(names.lambda('Restore'), 'lambda:InvokeFunction', 'lambda:UpdateFunctionCode'),
];

let simulated = 0;
afterAll(() => console.info(`${simulated} pairs of role and call simulated`));

const decide = (verb: string, request: Request): Promise<Decision> => {
  simulated++;
  const beginning = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}Role`;
  return simulate(template, { ...request, role: logicalId(template, 'AWS::IAM::Role', beginning) });
};

/** Returns the requests with a decision other than this one. */
async function others(verb: string, requests: readonly Request[], decision: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const request of requests) {
    const decided = await decide(verb, request);
    if (!decision.test(decided)) found.push(`${request.action} on ${request.resource} is ${decided}`);
  }
  return found;
}

describe.each(Object.entries(CALLS))('%s', (verb, calls) => {
  const reachable = commandsOf(verb);

  it('calls nothing that is not in its code', () => {
    expect(Object.keys(calls).filter((command) => !reachable.includes(command))).toEqual([]);
  });

  it.each(Object.entries(calls))('may call %s', async (_, requests) => {
    expect(requests).not.toEqual([]);
    expect(await others(verb, requests, /^allowed$/)).toEqual([]);
  });

  it.each(reachable.filter((command) => !(command in calls)))(
    'carries code for %s without the right to call it',
    async (command) => {
      const requests = REQUESTS[command] ?? expect.fail(`${command} has no request in this table`);
      expect(await others(verb, requests, /denied$/)).toEqual([]);
    },
  );

  it('may neither delete, nor change bucket, keys or secrets, nor call functions', async () => {
    expect(await others(verb, NEVER, /denied$/)).toEqual([]);
  });
});
