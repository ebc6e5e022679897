import * as z from 'zod';
import { parseJsonInput } from '../parse.ts';

const wholeNumber = (from: number, to: number) => z.int().min(from).max(to);

/** Allowed intervals between audits: divisors of a day, so that audits run at the same hours every day. */
const AUDIT_HOURS = [1, 2, 3, 4, 6, 8, 12, 24] as const;

/** Thresholds of the audit, as in `cdk.json`. */
export const auditThresholds = {
  /** Hours from one audit to the next. */
  everyHours: z.literal(AUDIT_HOURS).default(1),
  /** A backup that has lost this share of its objects, or of one type, is suspicious. */
  shrinkPercent: wholeNumber(1, 100).default(20),
  /** A night in which this share of the objects has changed is suspicious. */
  changePercent: wholeNumber(1, 100).default(50),
  /** Losses and changes of fewer objects than this are never suspicious. */
  minimumObjects: wholeNumber(1, 1_000_000).default(5),
  /** Days for which a backup is compared with older ones, and for which a permanent loss stays an alarm. */
  compareDays: wholeNumber(1, 90).default(7),
  /** A backup is late if it is stored this long after its scheduled time. */
  lateMinutes: wholeNumber(1, 10_080).default(120),
} as const;

const settingsSchema = z.strictObject({
  ...auditThresholds,
  /** Name of the stack: the dimension of all metrics. */
  stack: z.string().min(1),
  /** Maximum age of the newest backup in hours, by schedule; null for a schedule that fires only once. */
  schedules: z.record(z.string(), z.int().min(1).nullable()),
  /** The tenant that drills restore into, and the hours within which a drill must be verified.
   * @default - no drills are scheduled */
  drill: z.strictObject({ into: z.string().min(1), withinHours: z.int().min(1) }).optional(),
});

/** Settings of the audit, which the stack passes to the function. */
export type AuditSettings = z.infer<typeof settingsSchema>;

/** Parses the settings from the stack.
 * @param text JSON of `AuditSettings`
 * @param what names it in messages
 * @throws INVALID_ENVIRONMENT */
export const parseAuditSettings = (text: string, what: string): AuditSettings =>
  parseJsonInput(settingsSchema, text, what, 'INVALID_ENVIRONMENT');
