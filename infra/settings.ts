import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { type AuditSettings, auditThresholds } from '../functions/audit/settings.ts';
import { drillFields } from '../functions/drill/settings.ts';
import { TenantBackupError } from '../functions/errors.ts';
import { readEscrowPublicKey } from '../functions/escrow-key.ts';
import { parseInput } from '../functions/parse.ts';
import { ENROLMENT_PREFIX, STACK_NAME } from '../functions/runtime/names.ts';
import { readSigningKey } from '../functions/signing-key.ts';
import {
  objectLockSettings,
  promoteSettings,
  type RetentionPolicy,
  retentionPolicy,
  retentionSettings,
} from '../functions/vault/retention/retention-policy.ts';
import { freshWithinHours } from './schedules/schedule-age.ts';
import { scheduleExpressionProblem } from './schedules/schedule-expression.ts';
import type { TenantBackupProps } from './tenant-backup-props.ts';

/** Tiers that a schedule may fill; operators ask for `manual` backups, and restores for `safety` backups. */
const SCHEDULED_TIERS = ['daily', 'weekly', 'monthly', 'yearly'] as const;

const logRetentionDays = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** Offsets such as +02:00 and names in lower case are no names of the database, though JavaScript accepts them. */
const isTimeZone = (name: string): boolean => {
  try {
    return /^[A-Z]/.test(name) && Intl.DateTimeFormat('en', { timeZone: name }).format() !== '';
  } catch {
    return false;
  }
};

const wholeNumber = (from: number, to: number) => z.int().min(from).max(to);

const scheduleExpression = z.string().superRefine((expression, context) => {
  const problem = scheduleExpressionProblem(expression, new Date());
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

const timeZone = z
  .string()
  .refine(isTimeZone, 'must be a time zone of the IANA database such as Europe/Berlin')
  .default('Etc/UTC');

/** The longest pause of any schedule is 28 years, between two fifth Sundays of February. */
const MAX_FRESH_HOURS = 250_000;

const scheduleSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 lower-case letters, digits and hyphens'),
  expression: scheduleExpression,
  timeZone,
  flexibleWindowMinutes: wholeNumber(0, 1440).default(0),
  /** SQS delays a message by 15 minutes at most. */
  spreadMinutes: wholeNumber(0, 15).default(0),
  tier: z.enum(SCHEDULED_TIERS).default('daily'),
  /** `false`: a backup that equals the newest one is recorded, and not stored again. */
  storeUnchanged: z.boolean().default(true),
  /** Hours after which a tenant needs a newer backup. */
  freshWithinHours: wholeNumber(1, MAX_FRESH_HOURS).optional(),
});

/** A queue for the tenants of one SecureAuth host, so that its rate limit does not delay others. */
const laneSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 lower-case letters, digits and hyphens'),
  maximumConcurrency: wholeNumber(2, 1000),
});

const functionFields = (memoryMegabytes: number, timeoutSeconds: number) => ({
  memoryMegabytes: wholeNumber(128, 10_240).default(memoryMegabytes),
  timeoutSeconds: wholeNumber(1, 900).default(timeoutSeconds),
});

const functionSchema = (memoryMegabytes: number, timeoutSeconds: number) =>
  z.strictObject(functionFields(memoryMegabytes, timeoutSeconds)).prefault({});

/** The audit remembers drills for a hundred days. */
const MAX_DRILL_HOURS = 2_400;

/** Restores into a scratch tenant, one at each time of the schedule. */
const drillSchema = z
  .strictObject({
    ...functionFields(3008, 900),
    ...drillFields,
    schedule: scheduleExpression,
    timeZone,
    /** Hours after which another drill has to succeed. */
    withinHours: wholeNumber(1, MAX_DRILL_HOURS).optional(),
  })
  .transform((drill, context) => {
    const { schedule: expression, timeZone } = drill;
    const withinHours = drill.withinHours ?? freshWithinHours({ expression, timeZone }, new Date());
    if (withinHours !== null && withinHours <= MAX_DRILL_HOURS) return { ...drill, withinHours };
    context.addIssue({
      code: 'custom',
      path: ['withinHours'],
      message: `must be given for this schedule, 1 to ${MAX_DRILL_HOURS}`,
    });
    return z.NEVER;
  });

function refuseTwice(named: readonly { readonly name: string }[], context: z.RefinementCtx): void {
  for (const [index, { name }] of named.entries()) {
    if (named.findIndex((other) => other.name === name) === index) continue;
    context.addIssue({ code: 'custom', path: [index, 'name'], message: 'must not be used twice' });
  }
}

const tagText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[\p{L}\p{N}\p{Zs}_.:/=+@-]+$/u, 'must be letters, digits, spaces and _.:/=+@-');

/** A tag of a principal or its session, within the bounds of IAM.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating */
const principalTagSchema = z.strictObject({ key: tagText(128), value: tagText(256) });

/** More do not fit into the environment of a function. */
const MAX_SIGNING_KEYS = 8;

const signingKey = z.string().superRefine((pem, context) => {
  const key = readSigningKey(pem);
  if ('problem' in key) context.addIssue({ code: 'custom', message: key.problem });
});

/** Rules have the longest names that begin with it: `-RecordSettingsChanged` and two to spare. */
export const deploymentName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9-]{0,39}$/,
    'must be 1 to 40 letters, digits and hyphens, and begin with a letter: names of rules are up to 24 longer, and have 64 at most',
  )
  .default(STACK_NAME);

const fieldsSchema = z.strictObject({
  name: deploymentName,
  enrolmentPrefix: z
    .string()
    .regex(
      /^[A-Za-z0-9/_-]{1,99}\/$/,
      'must be 2 to 100 letters, digits, slashes, underscores and hyphens, and end in a slash',
    )
    .default(ENROLMENT_PREFIX),
  schedules: z
    .array(scheduleSchema)
    .refine((schedules) => schedules.length > 0, 'must name at least 1 schedule')
    .superRefine((schedules, context) => refuseTwice(schedules, context)),
  retention: retentionSettings,
  promote: promoteSettings,
  objectLock: objectLockSettings,
  ledgerRetentionDays: wholeNumber(1, 36_500).default(400),
  accessLogRetentionDays: wholeNumber(1, 36_500).default(400),
  logRetentionDays: z.literal(logRetentionDays).default(RetentionDays.THREE_MONTHS),
  maximumConcurrency: wholeNumber(2, 1000).default(5),
  lanes: z
    .array(laneSchema)
    .max(20)
    .superRefine((lanes, context) => refuseTwice(lanes, context))
    .default([]),
  // The pauses between more tries would outlast the days that SQS keeps a request.
  maxReceiveCount: wholeNumber(1, 9).default(5),
  retryDelaySeconds: wholeNumber(0, 3600).default(60),
  maxExportMegabytes: wholeNumber(1, 1024).default(48),
  // Time for a thousand pages of a hundred enrolments each.
  dispatch: functionSchema(256, 300),
  backup: functionSchema(2048, 900),
  // The most that a new AWS account may have.
  restore: functionSchema(3008, 900),
  plan: functionSchema(3008, 600),
  status: functionSchema(256, 30),
  audit: z.strictObject({ ...functionFields(2048, 900), ...auditThresholds }).prefault({}),
  /** @default - no drills */
  drill: drillSchema.optional(),
  /** Receives alarms and the audit's messages once its owner has confirmed the subscription. */
  alarmEmail: z.email('must be an e-mail address').max(254).optional(),
  restoreNeedsMfa: z.boolean().default(false),
  /** @default - no tag needed */
  restorePrincipalTag: principalTagSchema.optional(),
  /** Public half of the escrow key in PEM: a further recipient of every part of every new backup. */
  escrowPublicKey: z.string().optional(),
  /** Public halves, in PEM, of further keys whose backups are trusted: of another deployment, or of a former key. */
  trustedSigningKeys: z.array(signingKey).max(MAX_SIGNING_KEYS).default([]),
  removal: z.enum(['retain', 'destroy']).default('retain'),
});

/** Checks the escrow key apart from its field, so that no message shows a private half given by mistake. */
const settingsSchema = fieldsSchema.superRefine(({ escrowPublicKey }, context) => {
  const key = escrowPublicKey === undefined ? null : readEscrowPublicKey(escrowPublicKey);
  if (key && 'problem' in key) {
    context.addIssue({ code: 'custom', message: `escrowPublicKey ${key.problem}` });
  }
});

type ParsedSettings = z.output<typeof settingsSchema>;

/** The props as the schema takes them. A test compares them with `TenantBackupProps`. */
export type SettingsInput = z.input<typeof settingsSchema>;

/** One entry of the list of schedules. */
export type ScheduleSettings = ParsedSettings['schedules'][number];

/** Settings of the drill. */
export type DrillSettings = NonNullable<ParsedSettings['drill']>;

/** Memory in megabytes, timeout in seconds. */
export type FunctionSettings = ParsedSettings['backup'];

/** The props of a deployment with every default filled in. */
export type Settings = ParsedSettings & {
  /** Combines `retention`, `promote`, `objectLock` and `removal`. */
  readonly retentionPolicy: RetentionPolicy;
  /** Limits that the audit compares backups with. */
  readonly auditSettings: AuditSettings;
};

/**
 * Checks the props of a deployment and fills in their defaults. The construct and `cdk.json` share these checks.
 * @param props a `TenantBackupProps`
 * @param what names the props in messages
 * @throws INVALID_CONFIGURATION if a field is unknown, missing or out of bounds, or two contradict each other; names
 * field, bound and value
 */
export function completeSettings(props: unknown, what: string): Settings {
  const parsed = parseInput(settingsSchema, props, what, 'INVALID_CONFIGURATION');
  refuseTooLittleMemory(parsed, what);
  return {
    ...parsed,
    // A bucket for trials has to be emptied before it can go.
    retentionPolicy: retentionPolicy({ ...parsed, onlyLifecycleDeletes: parsed.removal === 'retain' }, what),
    auditSettings: auditSettings(parsed),
  };
}

function auditSettings({ audit, drill, schedules, name }: ParsedSettings): AuditSettings {
  const { memoryMegabytes: _, timeoutSeconds: __, ...thresholds } = audit;
  return {
    ...thresholds,
    stack: name,
    ...(drill && { drill: { into: drill.into, withinHours: drill.withinHours } }),
    schedules: Object.fromEntries(
      schedules.map((schedule) => [
        schedule.name,
        schedule.freshWithinHours ?? freshWithinHours(schedule, new Date()),
      ]),
    ),
  };
}

/** Memory that a function takes before its work begins, in megabytes. */
export const MEMORY_AT_LEAST = 128;

/** Further memory, as a multiple of the larger export, tree or dump. `npm run bench -- restore` measures it. */
export const MEMORY_PER_EXPORT = { backup: 16, audit: 26, plan: 50, restore: 60, drill: 60 } as const;

/** Refuses settings by which an export within the limit runs out of memory: that failure names neither number. */
function refuseTooLittleMemory({ maxExportMegabytes, ...parsed }: ParsedSettings, what: string): void {
  for (const verb of ['backup', 'restore', 'plan', 'audit', 'drill'] as const) {
    const memoryMegabytes = parsed[verb]?.memoryMegabytes;
    const needed = MEMORY_AT_LEAST + maxExportMegabytes * MEMORY_PER_EXPORT[verb];
    if (memoryMegabytes === undefined || memoryMegabytes >= needed) continue;
    throw new TenantBackupError(
      'INVALID_CONFIGURATION',
      `${what}: ${verb}.memoryMegabytes must be at least ${needed} for exports of up to ${maxExportMegabytes} megabytes, got ${memoryMegabytes}`,
    );
  }
}

/** Returns those fields of a stack's props that are props of the construct. */
export const settingsIn = (props: TenantBackupProps): TenantBackupProps =>
  Object.fromEntries(
    Object.entries(props).filter(([name]) => name in fieldsSchema.shape),
  ) as unknown as TenantBackupProps;
