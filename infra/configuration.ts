import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { z } from 'zod';
import { type AuditSettings, auditThresholds } from '../functions/audit/settings.ts';
import { drillFields } from '../functions/drill/settings.ts';
import { TenantBackupError } from '../functions/errors.ts';
import { readEscrowPublicKey } from '../functions/escrow-key.ts';
import { parseInput } from '../functions/parse.ts';
import { STACK_NAME } from '../functions/runtime/names.ts';
import { readSigningKey } from '../functions/signing-key.ts';
import {
  objectLockSettings,
  promoteSettings,
  type RetentionPolicy,
  retentionPolicy,
  retentionSettings,
} from '../functions/vault/retention/retention-policy.ts';
import { freshWithinHours } from './schedule-age.ts';
import { scheduleExpressionProblem } from './schedule-expression.ts';

/** The key in the CDK context (`cdk.json`, or `-c tenantBackup='{...}'`) that holds the configuration. */
export const CONFIGURATION_CONTEXT = 'tenantBackup';

/** Tiers that a schedule may fill; `manual` and `safety` backups are asked for by people and by restores. */
const SCHEDULED_TIERS = ['daily', 'weekly', 'monthly', 'yearly'] as const;

const logRetentionDays = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

const isTimeZone = (name: string): boolean => {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

const wholeNumber = (from: number, to: number) => z.int().min(from).max(to);

const scheduleExpression = z.string().superRefine((expression, context) => {
  const problem = scheduleExpressionProblem(expression);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

const timeZone = z
  .string()
  .refine(isTimeZone, 'must be a time zone of the IANA database such as Europe/Berlin')
  .default('Etc/UTC');

const scheduleSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 lower-case letters, digits and hyphens'),
  expression: scheduleExpression,
  timeZone,
  flexibleWindowMinutes: wholeNumber(0, 1440).default(0),
  /** Each tenant at a moment of its own within so many minutes; SQS delays a message no longer. */
  spreadMinutes: wholeNumber(0, 15).default(0),
  tier: z.enum(SCHEDULED_TIERS).default('daily'),
  /** After so many hours a tenant needs a newer backup. */
  freshWithinHours: wholeNumber(1, 9_000).optional(),
});

/** Tenants that wait in a queue of their own, as those of one SecureAuth host should: what one host allows does not hold up
 * the others. */
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
    /** After so many hours another drill has to be proved. */
    withinHours: wholeNumber(1, MAX_DRILL_HOURS).optional(),
  })
  .transform((drill, context) => {
    const withinHours = drill.withinHours ?? freshWithinHours(drill.schedule);
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

/** So many fit into a function's environment beside all else. */
const MAX_SIGNING_KEYS = 8;

const signingKey = z.string().superRefine((pem, context) => {
  const key = readSigningKey(pem);
  if ('problem' in key) context.addIssue({ code: 'custom', message: key.problem });
});

const settingsSchema = z.strictObject({
  stackName: z
    .string()
    .regex(
      /^[A-Za-z][A-Za-z0-9-]{0,49}$/,
      'must be 1 to 50 letters, digits and hyphens, and begin with a letter',
    )
    .default(STACK_NAME),
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
  maxReceiveCount: wholeNumber(1, 1000).default(5),
  retryDelaySeconds: wholeNumber(0, 3600).default(60),
  maxExportMegabytes: wholeNumber(1, 1024).default(100),
  // A hundred thousand enrolments are a thousand pages, one after the other.
  dispatch: functionSchema(256, 300),
  backup: functionSchema(2048, 900),
  // As much as new AWS accounts may have.
  restore: functionSchema(3008, 900),
  plan: functionSchema(3008, 600),
  status: functionSchema(256, 30),
  audit: z.strictObject({ ...functionFields(2048, 900), ...auditThresholds }).prefault({}),
  /** @default - no drills */
  drill: drillSchema.optional(),
  /** Who gets alarms and the audit's messages by mail, once they have confirmed it. */
  alarmEmail: z.email('must be an e-mail address').max(254).optional(),
  people: z
    .strictObject({
      /** Whether the policy of restorers asks for a session with multi-factor authentication. */
      restoreNeedsMfa: z.boolean().default(false),
    })
    .prefault({}),
  /** Public half of the escrow key in PEM: a further recipient of every part of every backup from now on. */
  escrowPublicKey: z.string().optional(),
  /** Public halves, in PEM, of further keys whose backups are trusted: of another deployment, or of a key before this one. */
  trustedSigningKeys: z.array(signingKey).max(MAX_SIGNING_KEYS).default([]),
  removal: z.enum(['retain', 'destroy']).default('retain'),
  terminationProtection: z.boolean().optional(),
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).default({}),
});

/** Judged apart from its field, so that no message shows its value: it may be the private half by mistake. */
const configurationSchema = settingsSchema.superRefine(({ escrowPublicKey }, context) => {
  const key = escrowPublicKey === undefined ? null : readEscrowPublicKey(escrowPublicKey);
  if (key && 'problem' in key) {
    context.addIssue({ code: 'custom', message: `escrowPublicKey ${key.problem}` });
  }
});

type ParsedConfiguration = z.infer<typeof configurationSchema>;

/** One entry of the schedule list: when, in which time zone, within which window, and into which tier. */
export type ScheduleConfiguration = ParsedConfiguration['schedules'][number];

/** What is drilled, when, and where. */
export type DrillConfiguration = NonNullable<ParsedConfiguration['drill']>;

/** Memory in megabytes, timeout in seconds. */
export type FunctionConfiguration = ParsedConfiguration['backup'];

/** The deployment's settings, complete: every default is filled in. */
export type Configuration = ParsedConfiguration & {
  readonly terminationProtection: boolean;
  /** What `retention`, `promote`, `objectLock` and `removal` come to. */
  readonly retentionPolicy: RetentionPolicy;
  /** What the audit judges by. */
  readonly auditSettings: AuditSettings;
};

/**
 * Parse the deployment's settings.
 * @param context value of the CDK context: an object from `cdk.json`, or JSON text from the command line
 * @throws INVALID_CONFIGURATION if a field is unknown, missing or out of bounds, or two contradict each other; names
 * field, bound and value
 */
export function parseConfiguration(context: unknown): Configuration {
  const input = typeof context === 'string' ? parseJson(context) : context;
  const parsed = parseInput(configurationSchema, input, CONFIGURATION_CONTEXT, 'INVALID_CONFIGURATION');
  refuseTooLittleMemory(parsed);
  // What is meant to stay is also protected from being deleted as a stack by mistake.
  return {
    ...parsed,
    terminationProtection: parsed.terminationProtection ?? parsed.removal === 'retain',
    // A bucket for trials has to be emptied before it can go.
    retentionPolicy: retentionPolicy({ ...parsed, onlyLifecycleDeletes: parsed.removal === 'retain' }),
    auditSettings: auditSettings(parsed),
  };
}

function auditSettings({ audit, drill, schedules, stackName }: ParsedConfiguration): AuditSettings {
  const { memoryMegabytes: _, timeoutSeconds: __, ...thresholds } = audit;
  return {
    ...thresholds,
    stack: stackName,
    ...(drill && { drill: { into: drill.into, withinHours: drill.withinHours } }),
    schedules: Object.fromEntries(
      schedules.map((schedule) => [
        schedule.name,
        schedule.freshWithinHours ?? freshWithinHours(schedule.expression),
      ]),
    ),
  };
}

/** Memory that a function takes before it does anything, in megabytes. */
export const MEMORY_AT_LEAST = 128;

/** What comes on top, as a multiple of the export; `npm run bench -- restore` measures whether it is enough. */
export const MEMORY_PER_EXPORT = { backup: 12, audit: 12, plan: 24, restore: 24, drill: 24 } as const;

/** An export within the limit must not end a function for want of memory: that failure would name neither number. */
function refuseTooLittleMemory({ maxExportMegabytes, ...parsed }: ParsedConfiguration): void {
  for (const verb of ['backup', 'restore', 'plan', 'audit', 'drill'] as const) {
    const memoryMegabytes = parsed[verb]?.memoryMegabytes;
    const needed = MEMORY_AT_LEAST + maxExportMegabytes * MEMORY_PER_EXPORT[verb];
    if (memoryMegabytes === undefined || memoryMegabytes >= needed) continue;
    throw new TenantBackupError(
      'INVALID_CONFIGURATION',
      `${CONFIGURATION_CONTEXT}: ${verb}.memoryMegabytes must be at least ${needed} for exports of up to ${maxExportMegabytes} megabytes, got ${memoryMegabytes}`,
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TenantBackupError(
      'INVALID_CONFIGURATION',
      `${CONFIGURATION_CONTEXT} must be a JSON object, got text of ${text.length} characters that is not JSON`,
      {},
      { cause },
    );
  }
}
