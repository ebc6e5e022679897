import type * as z from 'zod';
import { type ErrorCode, TenantBackupError } from './errors.ts';

/** Parses a value by a schema, once, at the edge.
 * @param what names the value in messages: `restore request`
 * @param code the error to throw for an invalid value
 * @throws the code, naming the first invalid field, its value and its bound */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
  code: ErrorCode,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TenantBackupError(code, `${what}: ${describeIssue(parsed.error.issues[0], { input: value })}`);
}

/** Parses a JSON text by a schema, such as an environment variable or an output of the stack.
 * @param what names the text in messages
 * @throws the code, without the text if it is not JSON, as it may hold secrets; else as `parseInput` */
export function parseJsonInput<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  what: string,
  code: ErrorCode,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TenantBackupError(
      code,
      `${what} must be JSON, got text of ${text.length} characters that is not`,
    );
  }
  return parseInput(schema, value, what, code);
}

/** Returns a message that names the invalid field and its bound.
 * @param shown the whole input, whose invalid value the message quotes; omit it for input that holds secrets */
export function describeIssue(
  issue: z.core.$ZodIssue | undefined,
  shown?: { readonly input: unknown },
): string {
  if (!issue) return 'invalid';
  const field = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const prefix = issue.path.length > 0 ? `${issue.path.join('.')}.` : '';
    return `unknown field ${issue.keys.map((key) => JSON.stringify(prefix + key.slice(0, 80))).join(', ')}`;
  }
  // The message of a rule about several fields is complete, and the whole input must not be quoted.
  if (field === '' && issue.code === 'custom') return issue.message;
  const got = shown
    ? `, got ${field === '' ? kindOf(shown.input) : quoted(valueAt(shown.input, issue.path))}`
    : '';
  return `${field || 'value'} ${boundOf(issue)}${got}`;
}

function boundOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${withArticle(issue.expected === 'int' ? 'whole number' : issue.expected)}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'invalid_union':
      return 'options' in issue && issue.options
        ? `must be one of ${issue.options.map(String).join(', ')}`
        : issue.message;
    case 'invalid_format':
      return issue.format === 'datetime' ? 'must be a time like 2026-01-31T02:00:00Z' : issue.message;
    default:
      return issue.message;
  }
}

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters long';
  return origin === 'array' ? ' entries long' : '';
}

/** Returns a single value as JSON. Lists and objects may hold unexpected data, so only their kind is named. */
function quoted(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return Object.keys(value).length === 0 ? JSON.stringify(value) : kindOf(value);
  }
  const text = JSON.stringify(value);
  if (text === undefined) return 'nothing';
  return text.length > 100 ? `${text.slice(0, 100).toWellFormed()}…` : text;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return withArticle(Array.isArray(value) ? 'array' : typeof value);
}

const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
