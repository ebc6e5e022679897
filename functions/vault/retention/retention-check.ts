import type { RetentionPolicy } from './retention-policy.ts';
import { type TierRule, tierRules } from './retention-rules.ts';

/** A bucket's settings that decide how long S3 keeps its versions, as S3 returns them. */
export interface BucketSettings {
  /** `Enabled`, `Suspended`, or null if versioning was never on. */
  readonly versioning: string | null;
  readonly lifecycleRules: readonly LifecycleRuleFound[];
  readonly objectLock: {
    readonly enabled: boolean;
    readonly defaultRetention: DefaultRetentionFound | null;
  };
  readonly publicAccessBlock: Readonly<Record<string, boolean | undefined>>;
  /** The parsed bucket policy; null if there is none. */
  readonly policy: unknown;
}

interface DefaultRetentionFound {
  readonly Mode?: string | undefined;
  readonly Days?: number | undefined;
  readonly Years?: number | undefined;
}

/** The relevant members of S3's lifecycle rules.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html */
export interface LifecycleRuleFound {
  readonly ID?: string | undefined;
  readonly Prefix?: string | undefined;
  readonly Filter?: { readonly Prefix?: string | undefined } | undefined;
  readonly Status?: string | undefined;
  readonly Expiration?:
    | {
        readonly Days?: number | undefined;
        readonly Date?: Date | undefined;
        readonly ExpiredObjectDeleteMarker?: boolean | undefined;
      }
    | undefined;
  readonly Transitions?: readonly object[] | undefined;
  readonly NoncurrentVersionTransitions?:
    | readonly {
        readonly StorageClass?: string | undefined;
        readonly NoncurrentDays?: number | undefined;
        readonly NewerNoncurrentVersions?: number | undefined;
      }[]
    | undefined;
  readonly NoncurrentVersionExpiration?:
    | {
        readonly NoncurrentDays?: number | undefined;
        readonly NewerNoncurrentVersions?: number | undefined;
      }
    | undefined;
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation?: number | undefined } | undefined;
}

/** A setting of the bucket that differs from the deployment. */
export interface SettingDifference {
  readonly setting: string;
  readonly expected: string;
  readonly found: string;
}

const PUBLIC_ACCESS_BLOCKS = [
  'BlockPublicAcls',
  'IgnorePublicAcls',
  'BlockPublicPolicy',
  'RestrictPublicBuckets',
] as const;

/** Compares a bucket with its deployment.
 * @returns all differences; empty if S3 keeps versions exactly as the policy says */
export function compareBucket(
  policy: RetentionPolicy,
  bucket: string,
  found: BucketSettings,
): SettingDifference[] {
  const differences: SettingDifference[] = [];
  const expect = (setting: string, expected: string, actual: string) => {
    if (expected !== actual) differences.push({ setting, expected, found: actual });
  };
  expect('versioning', 'Enabled', found.versioning ?? 'none');
  compareRules(tierRules(policy), found.lifecycleRules, expect);
  expect('Object Lock', 'on', found.objectLock.enabled ? 'on' : 'off');
  // Each put sets its own lock: a default would lock what the policy leaves unlocked.
  expect('Object Lock default', 'none', describeDefault(found.objectLock.defaultRetention));
  for (const name of PUBLIC_ACCESS_BLOCKS) {
    expect(`public access: ${name}`, 'on', found.publicAccessBlock[name] ? 'on' : 'off');
  }
  const statements = statementsOf(found.policy);
  expect(
    'bucket policy: requests without TLS',
    'denied',
    statements.some((statement) => deniesPlainHttp(statement, bucket)) ? 'denied' : 'not denied',
  );
  if (policy.onlyLifecycleDeletes) {
    for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion']) {
      const isDenied = statements.some((statement) => deniesEverybody(statement, action, bucket));
      expect(`bucket policy: ${action}`, 'denied', isDenied ? 'denied' : 'not denied');
    }
  }
  return differences;
}

type Expect = (setting: string, expected: string, actual: string) => void;

function compareRules(
  rules: readonly TierRule[],
  found: readonly LifecycleRuleFound[],
  expect: Expect,
): void {
  const enabled = found.filter(({ Status }) => Status === 'Enabled');
  for (const rule of rules) {
    const matching = enabled.filter((candidate) => prefixOf(candidate) === rule.prefix);
    const texts = matching.map(describeFound);
    expect(
      `lifecycle of ${rule.prefix}`,
      describeExpected(rule),
      texts.length === 0 ? 'no rule' : texts.join(' and '),
    );
  }
  const known = rules.map(({ prefix }) => prefix);
  for (const rule of enabled) {
    const prefix = prefixOf(rule);
    if (prefix !== null && known.includes(prefix)) continue;
    expect(`lifecycle rule ${rule.ID ?? prefix ?? 'without id'}`, 'no rule', describeFound(rule));
  }
}

/** Returns the prefix of a rule.
 * @returns null for a rule with any other filter */
function prefixOf({ Prefix, Filter }: LifecycleRuleFound): string | null {
  const members = Object.entries(Filter ?? {}).filter(([, value]) => value !== undefined);
  if (members.some(([name]) => name !== 'Prefix')) return null;
  return Filter?.Prefix ?? Prefix ?? '';
}

const describeExpected = (rule: TierRule): string =>
  describe({
    days: rule.noncurrentDays,
    newest: rule.newerNoncurrentVersions,
    moves: rule.transitions.map(({ storageClass, days }) => `${storageClass} after ${days} days`),
    markers: rule.expiredObjectDeleteMarker,
    uploads: rule.abortUploadsAfterDays,
    others: [],
  });

function describeFound(rule: LifecycleRuleFound): string {
  const { Expiration, NoncurrentVersionExpiration: noncurrent } = rule;
  return describe({
    days: noncurrent?.NoncurrentDays ?? null,
    newest: noncurrent?.NewerNoncurrentVersions ?? 0,
    moves: (rule.NoncurrentVersionTransitions ?? []).map(
      ({ StorageClass, NoncurrentDays, NewerNoncurrentVersions }) =>
        `${StorageClass} after ${NoncurrentDays ?? 0} days${NewerNoncurrentVersions ? ` but ${NewerNoncurrentVersions}` : ''}`,
    ),
    markers: Expiration?.ExpiredObjectDeleteMarker === true,
    uploads: rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? null,
    others: [
      ...(Expiration?.Days === undefined ? [] : [`current versions expire after ${Expiration.Days} days`]),
      ...(Expiration?.Date === undefined
        ? []
        : [`current versions expire on ${Expiration.Date.toISOString()}`]),
      ...(rule.Transitions?.length ? ['current versions move'] : []),
    ],
  });
}

/** Formats a rule, so that texts differ exactly if settings do. */
const describe = (rule: {
  readonly days: number | null;
  readonly newest: number;
  readonly moves: readonly string[];
  readonly markers: boolean;
  readonly uploads: number | null;
  readonly others: readonly string[];
}): string =>
  [
    rule.days === null
      ? 'old versions stay'
      : `old versions expire after ${rule.days} days, except the newest ${rule.newest}`,
    ...(rule.moves.length > 0 ? [`move to ${rule.moves.join(', ')}`] : []),
    ...(rule.markers ? [] : ['delete markers stay']),
    rule.uploads === null ? 'abandoned uploads stay' : `abandoned uploads expire after ${rule.uploads} days`,
    ...rule.others,
  ].join('; ');

const describeDefault = (found: BucketSettings['objectLock']['defaultRetention']): string =>
  found === null
    ? 'none'
    : `${found.Mode?.toLowerCase()} ${found.Days === undefined ? `${found.Years} years` : `${found.Days} days`}`;

interface Statement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

const listOf = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

const statementsOf = (policy: unknown): Statement[] =>
  listOf((policy as { Statement?: unknown } | null)?.Statement).filter(
    (statement): statement is Statement => typeof statement === 'object' && statement !== null,
  );

const isEverybody = (principal: unknown): boolean =>
  principal === '*' || listOf((principal as { AWS?: unknown } | null)?.AWS).includes('*');

const deniesEverybody = (statement: Statement, action: string, bucket: string): boolean =>
  statement.Effect === 'Deny' &&
  statement.Condition === undefined &&
  isEverybody(statement.Principal) &&
  listOf(statement.Action).some((name) => name === action || name === 's3:*' || name === '*') &&
  coversObjects(statement, bucket);

const coversObjects = ({ Resource }: Statement, bucket: string): boolean =>
  listOf(Resource).some((arn) => typeof arn === 'string' && (arn === '*' || arn.endsWith(`:::${bucket}/*`)));

function deniesPlainHttp(statement: Statement, bucket: string): boolean {
  const condition = statement.Condition as { Bool?: Record<string, unknown> } | undefined;
  return (
    String(condition?.Bool?.['aws:SecureTransport']) === 'false' &&
    Object.keys(condition ?? {}).length === 1 &&
    deniesEverybody({ ...statement, Condition: undefined }, 's3:*', bucket)
  );
}
