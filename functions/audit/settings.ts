import * as z from 'zod';
import { parseJsonInput } from '../parse.ts';

const wholeNumber = (from: number, to: number) => z.int().min(from).max(to);

/** How often the audit may run: divisors of a day, so that it runs at the same hours every day. */
const AUDIT_HOURS = [1, 2, 3, 4, 6, 8, 12, 24] as const;

/** What the audit judges by, as it stands in `cdk.json`. */
export const auditThresholds = {
  /** Hours from one audit to the next. */
  everyHours: z.literal(AUDIT_HOURS).default(1),
  /** A backup that has lost this share of its objects, or of one type of them, is suspicious. */
  shrinkPercent: wholeNumber(1, 100).default(20),
  /** A night in which this share of the objects has changed is suspicious. */
  changePercent: wholeNumber(1, 100).default(50),
  /** Losses and changes of fewer objects than this are never suspicious. */
  minimumObjects: wholeNumber(1, 1_000_000).default(5),
  /** How long a backup is compared with what was before, and how long a finding about the past stays an alarm. */
  compareDays: wholeNumber(1, 90).default(7),
  /** A backup that is stored this long after the time it is for was late. */
  lateMinutes: wholeNumber(1, 10_080).default(120),
} as const;

const settingsSchema = z.strictObject({
  ...auditThresholds,
  /** Name of the stack: the dimension of all metrics. */
  stack: z.string().min(1),
  /** By schedule, after how many hours its tenants need a newer backup; null for a schedule that fires only once. */
  schedules: z.record(z.string(), z.int().min(1).nullable()),
  /** The tenant that drills restore into, and after how many hours another drill has to be proved.
   * @default - no drills are scheduled */
  drill: z.strictObject({ into: z.string().min(1), withinHours: z.int().min(1) }).optional(),
});

/** Everything that the audit judges by. The stack gives it to its function. */
export type AuditSettings = z.infer<typeof settingsSchema>;

/** Read what the stack wrote.
 * @param text JSON of `AuditSettings`
 * @param what names it in messages
 * @throws INVALID_ENVIRONMENT */
export const parseAuditSettings = (text: string, what: string): AuditSettings =>
  parseJsonInput(settingsSchema, text, what, 'INVALID_ENVIRONMENT');
