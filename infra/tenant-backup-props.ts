import type { Tier } from '../functions/runtime/names.ts';
import type { RetentionPolicy, StorageClass } from '../functions/vault/retention/retention-policy.ts';

/** When to back up, and into which tier. An enrolment names its schedule. */
export interface ScheduleProps {
  /** 1 to 32 lower-case letters, digits and hyphens. */
  readonly name: string;
  /** `cron(...)`, `rate(...)` or `at(...)` of EventBridge Scheduler. */
  readonly expression: string;
  /** Zone of the IANA database. @default - Etc/UTC */
  readonly timeZone?: string | undefined;
  /** Minutes within which EventBridge chooses the moment, 0 to 1440. @default - 0, the exact time */
  readonly flexibleWindowMinutes?: number | undefined;
  /** Minutes over which the tenants are spread, 0 to 15. @default - 0, all at once */
  readonly spreadMinutes?: number | undefined;
  /** Where the backups are kept. @default - daily */
  readonly tier?: 'daily' | 'weekly' | 'monthly' | 'yearly' | undefined;
  /** `false`: a backup that equals the newest one is recorded, and not stored again. @default - true */
  readonly storeUnchanged?: boolean | undefined;
  /** Hours after which a tenant needs a newer backup, 1 to 250000. @default - the longest pause of the expression, the hours of
   * its window, and 2 */
  readonly freshWithinHours?: number | undefined;
}

/** How long a tier keeps a backup once a newer one has taken its place. */
export interface TierRetentionProps {
  /** Days, 1 to 36500. @default - that of the tier, see docs/RETENTION.md */
  readonly days?: number | undefined;
  /** Number of backups that stay however old they are, 1 to 101. @default - that of the tier */
  readonly newestVersions?: number | undefined;
  /** Storage classes that old backups move to, in this order. @default - none */
  readonly transitions?:
    | readonly {
        readonly storageClass: StorageClass;
        /** Days since a newer backup took its place. */
        readonly days: number;
      }[]
    | undefined;
}

/** Protects backups against deletion for a number of days. */
export interface ObjectLockProps {
  /** `governance` lets a privileged principal delete earlier, `compliance` lets no principal. */
  readonly mode: 'governance' | 'compliance';
  /** Days from the time at which a backup is stored, at most those of its tier. */
  readonly days: number;
  /** Other days for single tiers; 0 leaves a tier unlocked. @default - none */
  readonly tiers?: Readonly<Partial<Record<Tier, number>>> | undefined;
}

/** A further queue of requests: the tenants in it do not wait for those of other hosts. */
export interface LaneProps {
  /** 1 to 32 lower-case letters, digits and hyphens. */
  readonly name: string;
  /** Tenants backed up at the same time, 2 to 1000. */
  readonly maximumConcurrency: number;
}

/** Memory and timeout of one function. */
export interface FunctionProps {
  /** 128 to 10240. @default - enough for the default of maxExportMegabytes */
  readonly memoryMegabytes?: number | undefined;
  /** 1 to 900. @default - that of the function */
  readonly timeoutSeconds?: number | undefined;
}

/** When the audit runs, and what it reports. */
export interface AuditProps extends FunctionProps {
  /** Hours from one audit to the next. @default - 1 */
  readonly everyHours?: 1 | 2 | 3 | 4 | 6 | 8 | 12 | 24 | undefined;
  /** Share of lost objects that makes a backup suspicious, 1 to 100. @default - 20 */
  readonly shrinkPercent?: number | undefined;
  /** Share of changed objects that makes a night suspicious, 1 to 100. @default - 50 */
  readonly changePercent?: number | undefined;
  /** Losses and changes of fewer objects are never suspicious. @default - 5 */
  readonly minimumObjects?: number | undefined;
  /** Days that a backup is compared with, 1 to 90. @default - 7 */
  readonly compareDays?: number | undefined;
  /** Minutes after its time at which a backup is late. @default - 120 */
  readonly lateMinutes?: number | undefined;
}

/** Restores into a scratch tenant, on a schedule. */
export interface DrillProps extends FunctionProps {
  /** `cron(...)`, `rate(...)` or `at(...)` of EventBridge Scheduler. */
  readonly schedule: string;
  /** Zone of the IANA database. @default - Etc/UTC */
  readonly timeZone?: string | undefined;
  /** Enrolment of the scratch tenant. */
  readonly into: string;
  /** Tenants whose backups are restored, one after the other. @default - all tenants that have backups */
  readonly tenants?: readonly string[] | undefined;
  /** `regenerate` gives the scratch tenant credentials of its own, `carry` those of the backup. @default - regenerate */
  readonly credentials?: 'regenerate' | 'carry' | undefined;
  /** Hours after which another drill has to succeed. @default - the longest pause of the schedule, and 2 */
  readonly withinHours?: number | undefined;
}

/** A tag of a role or of its session, as in the condition key `aws:PrincipalTag/<key>`. */
export interface PrincipalTagProps {
  /** 1 to 128 characters. */
  readonly key: string;
  /** 1 to 256 characters, compared exactly. */
  readonly value: string;
}

/** Settings of a deployment. `cdk.json` takes the same ones. */
export interface TenantBackupProps {
  /** What every name begins with: 1 to 40 letters, digits and hyphens. @default - the name of the stack */
  readonly name?: string | undefined;
  /** Beginning of the names of the secrets that enrol tenants; ends in a slash. Another deployment of the account and region
   * needs another one. @default - tenant-backup/tenants/ */
  readonly enrolmentPrefix?: string | undefined;
  /** At least one. */
  readonly schedules: readonly ScheduleProps[];
  /** How long each tier keeps its backups. @default - see docs/RETENTION.md */
  readonly retention?: Readonly<Partial<Record<Tier, TierRetentionProps | undefined>>> | undefined;
  /** Tiers that get a copy of the first good backup of each period. @default - weekly, monthly, yearly */
  readonly promote?: RetentionPolicy['promote'] | undefined;
  /** Protection against deletion. @default - none */
  readonly objectLock?: ObjectLockProps | undefined;
  /** PEM of an RSA public key that can open every part of every backup. @default - none */
  readonly escrowPublicKey?: string | undefined;
  /** PEMs of up to 8 further signing keys whose backups are trusted. @default - none */
  readonly trustedSigningKeys?: readonly string[] | undefined;
  /** Tenants backed up at the same time, 2 to 1000. @default - 5 */
  readonly maximumConcurrency?: number | undefined;
  /** Up to 20 further queues. @default - none */
  readonly lanes?: readonly LaneProps[] | undefined;
  /** Tries of one backup, 1 to 9. @default - 5 */
  readonly maxReceiveCount?: number | undefined;
  /** Pause before the second try, 0 to 3600; each further pause is twice as long. @default - 60 */
  readonly retryDelaySeconds?: number | undefined;
  /** Larger exports are refused, 1 to 1024. @default - 48 */
  readonly maxExportMegabytes?: number | undefined;
  /** @default - 256 MB and 300 s */
  readonly dispatch?: FunctionProps | undefined;
  /** @default - 2048 MB and 900 s */
  readonly backup?: FunctionProps | undefined;
  /** @default - 3008 MB, all that a new AWS account may have, and 900 s */
  readonly restore?: FunctionProps | undefined;
  /** @default - 3008 MB and 600 s */
  readonly plan?: FunctionProps | undefined;
  /** @default - 256 MB and 30 s */
  readonly status?: FunctionProps | undefined;
  /** @default - 2048 MB and 900 s, each hour */
  readonly audit?: AuditProps | undefined;
  /** Proof that backups can be restored. @default - no drills */
  readonly drill?: DrillProps | undefined;
  /** Address that receives alarms and messages of the audit. @default - none */
  readonly alarmEmail?: string | undefined;
  /** Whether a restore needs a session with multi-factor authentication, which only sessions of IAM users can show.
   * @default - false */
  readonly restoreNeedsMfa?: boolean | undefined;
  /** Tag that a restore needs its session or role to have: for sessions of IAM Identity Center and SAML, which never show
   * multi-factor authentication. @default - none */
  readonly restorePrincipalTag?: PrincipalTagProps | undefined;
  /** One of the days that CloudWatch Logs knows. @default - 90 */
  readonly logRetentionDays?: number | undefined;
  /** Days that operations, plans and reports are kept. @default - 400 */
  readonly ledgerRetentionDays?: number | undefined;
  /** Days that the access logs of the buckets are kept. @default - 400 */
  readonly accessLogRetentionDays?: number | undefined;
  /** `retain` keeps keys, buckets and logs when the stack goes, `destroy` is for trials. @default - retain */
  readonly removal?: 'retain' | 'destroy' | undefined;
}
