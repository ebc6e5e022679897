import type { z } from 'zod';
import { type ErrorCode, TenantBackupError } from './errors.ts';

/** Judge a value against a schema, once, where it enters.
 * @param what names the value in messages: `restore request`
 * @param code the error that a misfit is reported as
 * @throws the code, naming field, value and bound of the first misfit */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
  code: ErrorCode,
): z.output<Schema> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new TenantBackupError(code, `${what}: ${describeIssue(parsed.error.issues[0], { quote: true })}`);
}

/** Say which field is wrong, and what it must be.
 * @param quote show the offending value; never for input that holds secrets */
export function describeIssue(issue: z.core.$ZodIssue | undefined, { quote }: { quote: boolean }): string {
  if (!issue) return 'invalid';
  const field = issue.path.join('.') || 'value';
  if (issue.code === 'unrecognized_keys') {
    const prefix = issue.path.length > 0 ? `${issue.path.join('.')}.` : '';
    return `unknown field ${issue.keys.map((key) => JSON.stringify(prefix + key.slice(0, 80))).join(', ')}`;
  }
  const got = quote ? `, got ${quoted(issue.input)}` : '';
  return `${field} ${boundOf(issue)}${got}`;
}

function boundOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be a ${issue.expected}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'invalid_format':
      return issue.format === 'datetime' ? 'must be a time like 2026-01-31T02:00:00Z' : issue.message;
    default:
      return issue.message;
  }
}

const unitOf = (origin: string): string => (origin === 'string' ? ' characters long' : '');

function quoted(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
