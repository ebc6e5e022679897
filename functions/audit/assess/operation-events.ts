import type { ErrorCode } from '../../errors.ts';
import type { OperationEvent } from '../history.ts';

/** Lambda's maximum duration of an invocation. Each operation is one invocation.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LONGEST_OPERATION_MILLISECONDS = 15 * 60_000;

/** Tells whether a restore, patch or drill was killed: it has no recorded end, and Lambda's maximum duration has passed. */
export const isInterrupted = ({ ok, at }: Pick<OperationEvent, 'ok' | 'at'>, now: Date): boolean =>
  ok === null && now.getTime() - Date.parse(at) > LONGEST_OPERATION_MILLISECONDS;

/** Codes of requests that do not fit the tenant or its backup. The caller has read why, and repeats it with other options. */
const REFUSALS: ReadonlySet<string> = new Set<ErrorCode>([
  'PLAN_STALE',
  'PLAN_CHANGED',
  'SOURCE_MISMATCH',
  'CREDENTIALS_CHOICE',
  'CHANGE_IMPOSSIBLE',
  'PRUNE_UNEXPECTED',
  'INVALID_REQUEST',
  'TENANT_LOCKED',
]);

/** Tells whether an operation was refused before it wrote anything: it neither failed, nor settles another one. */
export const isRefused = ({ ok, wrote = true, code }: OperationEvent): boolean =>
  ok === false && !wrote && code !== null && REFUSALS.has(code);
