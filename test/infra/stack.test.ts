import { describe, expect, it } from 'vitest';
import { MAX_PAUSE_SECONDS } from '../../functions/backup/retry-pause.ts';
import { EnvironmentName, OutputName, TIERS } from '../../functions/runtime/names.ts';
import { parseRetentionPolicy } from '../../functions/vault/retention/retention-policy.ts';
import { logicalId, propertiesOf, resourcesOf, synthesize } from './synthesize.ts';

const template = synthesize();

const nightly = { name: 'nightly', expression: 'cron(0 2 * * ? *)' };

describe('keys', () => {
  it('are two that seal, which rotate, and two for fingerprints and signatures, which KMS cannot rotate', () => {
    const keys = Object.entries(resourcesOf(template, 'AWS::KMS::Key'))
      .filter(([id]) => id.startsWith('Keys'))
      .map(([, { Properties }]) => Properties);
    const [sealing, others] = [true, false].map((seals) =>
      keys.filter((key) => seals === !('KeySpec' in key)),
    );
    expect(sealing).toHaveLength(2);
    for (const key of sealing ?? []) expect(key).toMatchObject({ EnableKeyRotation: true });
    expect(others).toEqual([
      expect.objectContaining({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
      expect.objectContaining({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    ]);
  });

  it('leave thirty days for a change of mind', () => {
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::KMS::Key'))) {
      expect(Properties).toMatchObject({ PendingWindowInDays: 30 });
    }
  });

  it('have aliases below the name of the stack', () => {
    const aliases = Object.values(resourcesOf(synthesize({ stackName: 'Trial' }), 'AWS::KMS::Alias'));
    expect(aliases.map((alias) => alias.Properties['AliasName']).sort()).toEqual([
      'alias/Trial/configuration',
      'alias/Trial/configuration/first',
      'alias/Trial/credentials',
      'alias/Trial/credentials/first',
      'alias/Trial/fingerprint',
      'alias/Trial/ledger-audit',
      'alias/Trial/ledger-drill',
      'alias/Trial/ledger-plan',
      'alias/Trial/ledger-restore',
      'alias/Trial/signing',
    ]);
  });
});

describe('lanes', () => {
  const laned = synthesize({ maximumConcurrency: 3, lanes: [{ name: 'eu', maximumConcurrency: 40 }] });
  const queueOf = (source: Record<string, unknown>) =>
    (source['EventSourceArn'] as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'][0];

  it('are queues of their own, each with its own limit of tenants at a time, and one dead-letter queue', () => {
    const sources = Object.values(resourcesOf(laned, 'AWS::Lambda::EventSourceMapping'));
    const limits = sources.map(({ Properties }) => [
      queueOf(Properties).startsWith('BackupQueueLaneeu') ? 'eu' : 'default',
      (Properties['ScalingConfig'] as { MaximumConcurrency: number }).MaximumConcurrency,
    ]);
    expect(Object.fromEntries(limits)).toEqual({ default: 3, eu: 40 });
    const queues = resourcesOf(laned, 'AWS::SQS::Queue');
    const deadLetters = sources.map(
      ({ Properties }) => queues[queueOf(Properties)]?.Properties['RedrivePolicy'],
    );
    expect(deadLetters[0]).toBeDefined();
    expect(deadLetters[0]).toEqual(deadLetters[1]);
  });

  it('are none unless the settings name some', () => {
    expect(Object.keys(resourcesOf(template, 'AWS::Lambda::EventSourceMapping'))).toHaveLength(1);
    const variables = propertiesOf(template, 'AWS::Lambda::Function', 'Dispatch')['Environment'];
    expect(JSON.stringify(variables)).not.toContain(EnvironmentName.laneQueueUrls);
  });
});

describe('vault', () => {
  const vault = propertiesOf(template, 'AWS::S3::Bucket', 'Vault');
  const rules = (vault['LifecycleConfiguration'] as { Rules: Record<string, unknown>[] }).Rules;

  it('is versioned, private, and its owner owns every object', () => {
    expect(vault).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  it('has one lifecycle rule for each tier', () => {
    expect(rules.map((rule) => rule['Prefix'])).toEqual(TIERS.map((tier) => `${tier}/`));
  });

  it('keeps days and newest versions as configured, the current version counted among them', () => {
    expect(rules.find((rule) => rule['Id'] === 'daily')).toEqual({
      Id: 'daily',
      Prefix: 'daily/',
      Status: 'Enabled',
      NoncurrentVersionExpiration: { NoncurrentDays: 35, NewerNoncurrentVersions: 13 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      ExpiredObjectDeleteMarker: true,
    });
  });

  it('says nothing of noncurrent versions where the current one is all that must stay', () => {
    const other = synthesize({ retention: { safety: { days: 3, newestVersions: 1 } } });
    const { Rules } = propertiesOf(other, 'AWS::S3::Bucket', 'Vault')['LifecycleConfiguration'] as {
      Rules: Record<string, unknown>[];
    };
    expect(Rules.find((rule) => rule['Id'] === 'safety')).toMatchObject({
      NoncurrentVersionExpiration: { NoncurrentDays: 3 },
    });
    expect(JSON.stringify(Rules.find((rule) => rule['Id'] === 'safety'))).not.toContain('Newer');
  });

  it('moves old versions to other storage classes as configured', () => {
    const other = synthesize({
      retention: {
        monthly: {
          transitions: [
            { storageClass: 'STANDARD_IA', days: 30 },
            { storageClass: 'DEEP_ARCHIVE', days: 90 },
          ],
        },
      },
    });
    const { Rules } = propertiesOf(other, 'AWS::S3::Bucket', 'Vault')['LifecycleConfiguration'] as {
      Rules: Record<string, unknown>[];
    };
    expect(Rules.find((rule) => rule['Id'] === 'monthly')?.['NoncurrentVersionTransitions']).toEqual([
      { StorageClass: 'STANDARD_IA', TransitionInDays: 30 },
      { StorageClass: 'DEEP_ARCHIVE', TransitionInDays: 90 },
    ]);
    expect(JSON.stringify(rules)).not.toContain('Transition');
  });

  it.each([
    ['as shipped', {}],
    ['with locks', { objectLock: { mode: 'governance', days: 7 } }],
    ['for trials', { removal: 'destroy' }],
  ])('has Object Lock from the beginning, and no lock by default, %s', (_, settings) => {
    const properties = propertiesOf(synthesize(settings), 'AWS::S3::Bucket', 'Vault');
    // CloudFormation replaces the bucket when this property changes.
    expect(properties).toMatchObject({ ObjectLockEnabled: true });
    expect(properties).not.toHaveProperty('ObjectLockConfiguration');
  });

  it('writes its access log to a bucket without Object Lock, as S3 demands', () => {
    const { DestinationBucketName } = vault['LoggingConfiguration'] as {
      DestinationBucketName: { Ref: string };
    };
    expect(
      resourcesOf(template, 'AWS::S3::Bucket')[DestinationBucketName.Ref]?.Properties,
    ).not.toHaveProperty('ObjectLockEnabled');
  });

  it('tells its functions and its operators the same retention', () => {
    const locking = synthesize({ objectLock: { mode: 'compliance', days: 7 } });
    const { Value: output } = locking.findOutputs(OutputName.retention)[OutputName.retention] as {
      Value: string;
    };
    expect(parseRetentionPolicy(output, 'output')).toMatchObject({
      objectLock: { mode: 'compliance', days: { daily: 7 } },
      onlyLifecycleDeletes: true,
    });
    for (const name of ['Backup', 'Restore', 'Audit']) {
      expect(propertiesOf(locking, 'AWS::Lambda::Function', name)).toMatchObject({
        Environment: { Variables: { [EnvironmentName.retention]: output } },
      });
    }
  });

  it('tells the audit alone where old versions move', () => {
    const transitions = [{ storageClass: 'GLACIER', days: 10 }];
    const moving = synthesize({ retention: { daily: { transitions } } });
    const told = (name: string) => {
      const { Variables } = propertiesOf(moving, 'AWS::Lambda::Function', name)['Environment'] as {
        Variables: Record<string, string>;
      };
      return parseRetentionPolicy(Variables[EnvironmentName.retention] ?? '', name).tiers.daily.transitions;
    };
    expect({ audit: told('Audit'), backup: told('Backup') }).toEqual({ audit: transitions, backup: [] });
  });

  it('never expires a current version', () => {
    for (const rule of rules) {
      expect(rule).not.toHaveProperty('ExpirationInDays');
      expect(rule).not.toHaveProperty('ExpirationDate');
    }
  });
});

describe('queue', () => {
  const queue = propertiesOf(template, 'AWS::SQS::Queue', 'BackupQueue6');

  it('hands over to the dead-letter queue after the configured number of attempts, and one that reports a dead one', () => {
    const deadLetterQueue = logicalId(template, 'AWS::SQS::Queue', 'BackupQueueDeadLetterQueue');
    expect(queue['RedrivePolicy']).toEqual({
      deadLetterTargetArn: { 'Fn::GetAtt': [deadLetterQueue, 'Arn'] },
      maxReceiveCount: 6,
    });
    expect(propertiesOf(template, 'AWS::SQS::Queue', 'BackupQueueDeadLetterQueue')).toMatchObject({
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
    });
  });

  it.each([
    [1, 6],
    [4, 6],
    [9, 10],
  ])(
    'counts at least five receives, as throttled calls count, and the report: %s tries, %s receives',
    (tries, receives) => {
      const other = synthesize({ maxReceiveCount: tries, lanes: [{ name: 'eu', maximumConcurrency: 2 }] });
      for (const id of ['BackupQueue6', 'BackupQueueLaneeu']) {
        expect(propertiesOf(other, 'AWS::SQS::Queue', id)['RedrivePolicy']).toMatchObject({
          maxReceiveCount: receives,
        });
      }
      expect(propertiesOf(other, 'AWS::Lambda::Function', 'Backup')).toMatchObject({
        Environment: { Variables: { [EnvironmentName.maxReceiveCount]: String(tries) } },
      });
    },
  );

  it('keeps a request until its last try, however long its tenant lets it wait', () => {
    const most = 9;
    const longest = (most - 1) * MAX_PAUSE_SECONDS + most * 900;
    expect(queue['MessageRetentionPeriod']).toBeGreaterThan(longest);
    expect(() => synthesize({ maxReceiveCount: most + 1 })).toThrow(
      'maxReceiveCount must be at most 9, got 10',
    );
  });

  it('hides a message for six times the timeout of the backup function', () => {
    const other = synthesize({ backup: { timeoutSeconds: 100 } });
    expect(propertiesOf(other, 'AWS::SQS::Queue', 'BackupQueue6')).toMatchObject({ VisibilityTimeout: 600 });
  });

  it('feeds one tenant at a time to each of a limited number of backup functions', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
      FunctionName: { Ref: logicalId(template, 'AWS::Lambda::Function', 'Backup') },
    });
  });
});

describe('schedules', () => {
  it('call dispatch with their name, their tier and the time they were meant for', () => {
    const several = synthesize({
      schedules: [
        { ...nightly, timeZone: 'Europe/Berlin', flexibleWindowMinutes: 30 },
        { name: 'sundays', expression: 'cron(0 4 ? * SUN *)', tier: 'weekly', storeUnchanged: false },
      ],
    });
    const properties = propertiesOf(several, 'AWS::Scheduler::Schedule', 'Schedulessundays');
    expect(propertiesOf(several, 'AWS::Scheduler::Schedule', 'Schedulesnightly')).toMatchObject({
      Name: 'nightly',
      GroupName: 'TenantBackup',
      ScheduleExpression: 'cron(0 2 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 },
      State: 'ENABLED',
    });
    expect(properties).toMatchObject({ FlexibleTimeWindow: { Mode: 'OFF' } });
    const target = properties['Target'] as { Arn: unknown; Input: string };
    expect(target.Arn).toEqual({
      'Fn::GetAtt': [logicalId(several, 'AWS::Lambda::Function', 'Dispatch'), 'Arn'],
    });
    expect(JSON.parse(target.Input)).toEqual({
      schedule: 'sundays',
      tier: 'weekly',
      storeUnchanged: false,
      scheduledTime: '<aws.scheduler.scheduled-time>',
    });
  });

  it('leave a call that could not be delivered in a queue of its own', () => {
    const queue = logicalId(template, 'AWS::SQS::Queue', 'SchedulesUndelivered');
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Target: { DeadLetterConfig: { Arn: { 'Fn::GetAtt': [queue, 'Arn'] } } },
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: logicalId(template, 'AWS::Lambda::Function', 'Dispatch') },
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [queue, 'Arn'] } } },
    });
  });
});

describe('functions', () => {
  it.each(['Dispatch', 'Backup', 'Restore'])(
    '%s runs on Node 24 on arm64 and logs to a group that expires',
    (name) => {
      const log = logicalId(template, 'AWS::Logs::LogGroup', `${name}Log`);
      expect(propertiesOf(template, 'AWS::Lambda::Function', name)).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        LoggingConfig: { LogGroup: { Ref: log } },
      });
      expect(propertiesOf(template, 'AWS::Logs::LogGroup', `${name}Log`)).toMatchObject({
        RetentionInDays: 90,
      });
    },
  );

  it('know what they need by environment variables, and no more', () => {
    const variables = (name: string): string[] => {
      const { Environment } = propertiesOf(template, 'AWS::Lambda::Function', name);
      const { NODE_OPTIONS, ...own } = (Environment as { Variables: Record<string, unknown> }).Variables;
      expect(NODE_OPTIONS).toBe('--enable-source-maps');
      return Object.keys(own).sort();
    };
    const storage = [
      'CONFIGURATION_ALIAS_ARN',
      'CREDENTIALS_ALIAS_ARN',
      'FINGERPRINT_KEY_ARN',
      'LEDGER_BUCKET',
      'MAX_EXPORT_BYTES',
      'RETENTION',
      'SIGNING_KEY_ARN',
      'VAULT_BUCKET',
    ];
    const queue = ['DEAD_LETTER_QUEUE_URL', 'MAX_RECEIVE_COUNT', 'QUEUE_URL', 'RETRY_DELAY_SECONDS'];
    expect(variables('Dispatch')).toEqual(['LEDGER_BUCKET', 'QUEUE_URL']);
    expect(variables('Backup')).toEqual([...storage, ...queue].sort());
    expect(variables('Restore')).toEqual([...storage, 'LEDGER_KEYS'].sort());
    expect(variables('Status')).toEqual(['LEDGER_BUCKET', 'LEDGER_KEYS', 'VAULT_BUCKET']);
  });

  it('never repeat a restore by themselves', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: logicalId(template, 'AWS::Lambda::Function', 'Restore') },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });
});

describe('stack', () => {
  it('has every output that the operator’s command reads, and no other', () => {
    const drilling = synthesize({ drill: { schedule: 'rate(1 day)', into: 'scratch' } });
    expect(Object.keys(drilling.findOutputs('*')).sort()).toEqual(Object.values(OutputName).sort());
    const others = Object.values(OutputName).filter((name) => name !== OutputName.drillFunction);
    expect(Object.keys(template.findOutputs('*')).sort()).toEqual(others.sort());
  });

  it('is tagged as configured', () => {
    synthesize({ tags: { costCentre: 'identity' } }).hasResourceProperties('AWS::KMS::Key', {
      Tags: [
        { Key: 'application', Value: 'tenant-backup' },
        { Key: 'costCentre', Value: 'identity' },
      ],
    });
  });
});
