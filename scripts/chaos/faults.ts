import type { Fault } from './chaos-proxy.ts';

/** An operation of the product that is tried under faults. */
export const OPERATIONS = ['backup', 'restore', 'plan', 'audit', 'command'] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** What is broken, and while which operations run. */
export interface Scenario {
  readonly name: string;
  readonly faults: readonly Fault[];
  readonly operations: readonly OperationName[];
}

const THREE = 3;

const scenario = (name: string, operations: readonly OperationName[], ...faults: Fault[]): Scenario => ({
  name,
  faults,
  operations,
});

const denied = { kind: 'refuse', code: 'AccessDeniedException', status: 400 } as const;
const expired = { kind: 'refuse', code: 'ExpiredTokenException', status: 400 } as const;
const broken = { kind: 'refuse', code: 'InternalError', status: 500 } as const;

const vault = { service: 's3', url: '.tar' } as const;
const everywhere: readonly OperationName[] = ['backup', 'restore', 'plan', 'audit'];
const readers: readonly OperationName[] = ['restore', 'plan', 'audit'];

/** Returns the faults of each call that the functions make: once, as often as clients try, and for good. */
export const scenarios = (): Scenario[] => [
  scenario('nothing fails', [...everywhere, 'command']),

  scenario('PutObject vault throttled once', ['backup', 'restore'], {
    ...vault,
    action: 'PutObject',
    kind: 'refuse',
    times: 1,
  }),
  scenario('PutObject vault throttled', ['backup', 'restore'], {
    ...vault,
    action: 'PutObject',
    kind: 'refuse',
  }),
  scenario('PutObject vault answer lost once', ['backup', 'restore'], {
    ...vault,
    action: 'PutObject',
    kind: 'lose',
    times: 1,
  }),
  scenario('PutObject vault answers lost', ['backup', 'restore'], {
    ...vault,
    action: 'PutObject',
    kind: 'lose',
    times: THREE,
  }),
  scenario('PutObject vault denied once', ['backup'], {
    ...vault,
    action: 'PutObject',
    kind: 'refuse',
    code: 'AccessDenied',
    status: 403,
    times: 1,
  }),
  scenario('PutObject vault expired token once', ['backup'], {
    ...vault,
    action: 'PutObject',
    kind: 'refuse',
    code: 'ExpiredToken',
    times: 1,
  }),
  scenario('PutObject vault 502 page', ['backup'], {
    ...vault,
    action: 'PutObject',
    kind: 'garble',
    times: 1,
  }),

  scenario('GetObject vault throttled once', [...readers, 'command'], {
    ...vault,
    action: 'GetObject',
    kind: 'refuse',
    times: 1,
  }),
  scenario('GetObject vault throttled', [...readers, 'command'], {
    ...vault,
    action: 'GetObject',
    kind: 'refuse',
  }),
  scenario('GetObject vault cut once', [...readers, 'command'], {
    ...vault,
    action: 'GetObject',
    kind: 'cut',
    times: 1,
  }),
  scenario('GetObject vault cut', [...readers, 'command'], { ...vault, action: 'GetObject', kind: 'cut' }),
  scenario('ListObjectVersions throttled three times', ['backup', 'restore', 'audit', 'command'], {
    service: 's3',
    action: 'ListObjectVersions',
    kind: 'refuse',
    times: THREE,
  }),
  scenario('ListObjectVersions 502 page once', ['backup', 'audit', 'command'], {
    service: 's3',
    action: 'ListObjectVersions',
    kind: 'garble',
    times: 1,
  }),

  scenario('GenerateDataKey throttled three times', ['backup', 'restore'], {
    service: 'kms',
    action: 'GenerateDataKey',
    kind: 'refuse',
    times: THREE,
  }),
  scenario('GenerateDataKey throttled', ['backup', 'restore'], {
    service: 'kms',
    action: 'GenerateDataKey',
    kind: 'refuse',
  }),
  scenario('GenerateDataKey denied once', ['backup'], {
    service: 'kms',
    action: 'GenerateDataKey',
    ...denied,
    times: 1,
  }),
  scenario('GenerateDataKey expired token once', ['backup'], {
    service: 'kms',
    action: 'GenerateDataKey',
    ...expired,
    times: 1,
  }),
  scenario('GenerateDataKey key disabled', ['backup'], {
    service: 'kms',
    action: 'GenerateDataKey',
    kind: 'refuse',
    code: 'DisabledException',
    status: 400,
  }),
  scenario('GenerateDataKey answers lost', ['backup'], {
    service: 'kms',
    action: 'GenerateDataKey',
    kind: 'lose',
    times: THREE,
  }),
  scenario('Sign throttled', ['backup', 'restore'], { service: 'kms', action: 'Sign', kind: 'refuse' }),
  scenario('Sign 502 page once', ['backup'], { service: 'kms', action: 'Sign', kind: 'garble', times: 1 }),
  scenario('Decrypt throttled three times', readers, {
    service: 'kms',
    action: 'Decrypt',
    kind: 'refuse',
    times: THREE,
  }),
  scenario('Decrypt throttled', readers, { service: 'kms', action: 'Decrypt', kind: 'refuse' }),
  scenario('Decrypt denied', ['restore', 'plan'], { service: 'kms', action: 'Decrypt', ...denied }),

  scenario('GetSecretValue throttled three times', ['backup', 'restore', 'plan'], {
    service: 'secretsmanager',
    action: 'GetSecretValue',
    kind: 'refuse',
    times: THREE,
  }),
  scenario('GetSecretValue broken', ['backup', 'restore'], {
    service: 'secretsmanager',
    action: 'GetSecretValue',
    ...broken,
  }),
  scenario('GetSecretValue expired token once', ['backup'], {
    service: 'secretsmanager',
    action: 'GetSecretValue',
    ...expired,
    times: 1,
  }),
  scenario('ListSecrets throttled', ['audit'], {
    service: 'secretsmanager',
    action: 'ListSecrets',
    kind: 'refuse',
  }),

  scenario('lock answers lost', ['restore'], {
    service: 's3',
    action: 'PutObject',
    url: 'locks/',
    kind: 'lose',
    times: THREE,
  }),
  scenario('lock throttled', ['restore'], {
    service: 's3',
    action: 'PutObject',
    url: 'locks/',
    kind: 'refuse',
  }),
  scenario('record lost at its beginning', ['restore'], {
    service: 's3',
    action: 'PutObject',
    url: 'operations/',
    kind: 'lose',
    times: THREE,
  }),
  scenario('record throttled from the write on', ['restore'], {
    service: 's3',
    action: 'PutObject',
    url: 'operations/',
    kind: 'refuse',
    after: 4,
  }),
  scenario('record throttled after the write', ['restore'], {
    service: 's3',
    action: 'PutObject',
    url: 'operations/',
    kind: 'refuse',
    after: 6,
  }),

  scenario('report cannot be written', ['audit'], {
    service: 's3',
    action: 'PutObject',
    url: 'report',
    ...broken,
  }),
  scenario('topic throttled', ['audit'], { service: 'sns', kind: 'refuse' }),
  scenario('topic key disabled', ['audit'], {
    service: 'sns',
    kind: 'refuse',
    code: 'KMSDisabled',
    status: 400,
  }),

  scenario('DescribeStacks broken', ['command'], {
    service: 'cloudformation',
    kind: 'refuse',
    code: 'InternalFailure',
    status: 500,
  }),
  scenario('expired token', ['command'], { service: 's3', kind: 'refuse', code: 'ExpiredToken' }),
  scenario('S3 answers after two seconds', ['backup', 'restore'], {
    service: 's3',
    kind: 'delay',
    milliseconds: 2_000,
    times: 2,
  }),
];
