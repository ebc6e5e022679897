import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeIssue, parseInput, parseJsonInput } from '../functions/parse.ts';
import { rejectionOf } from './rejection.ts';

const schema = z
  .strictObject({
    name: z.string().min(2).max(5).optional(),
    count: z.int().min(1).max(9).optional(),
    mode: z.enum(['ignore', 'update']).optional(),
    list: z
      .array(z.strictObject({ id: z.string() }))
      .min(1)
      .optional(),
    at: z.iso.datetime({ offset: true }).optional(),
    named: z
      .string()
      .refine((text) => text === 'x', 'must be x')
      .optional(),
  })
  .refine(({ name, mode }) => name !== 'both' || mode === undefined, {
    message: 'must have at most one of name and mode',
  });

const messageOf = async (value: unknown): Promise<string> =>
  (await rejectionOf(() => parseInput(schema, value, 'test request', 'INVALID_REQUEST'))).message;

describe('parseInput', () => {
  test('gives back what fits', () => {
    expect(parseInput(schema, { count: 9 }, 'test request', 'INVALID_REQUEST')).toEqual({ count: 9 });
  });

  test.each<[value: unknown, message: string]>([
    [{ nam: 'x' }, 'unknown field "nam"'],
    [{ a: 1, b: 2 }, 'unknown field "a", "b"'],
    [{ list: [{ id: 'x', other: 1 }] }, 'unknown field "list.0.other"'],
    [JSON.parse('{"__proto__": 1}'), 'unknown field "__proto__"'],
    [{ name: 'x' }, 'name must be at least 2 characters long, got "x"'],
    [{ name: 'abcdef' }, 'name must be at most 5 characters long, got "abcdef"'],
    [{ name: 7 }, 'name must be a string, got 7'],
    [{ name: null }, 'name must be a string, got null'],
    [{ count: 0 }, 'count must be at least 1, got 0'],
    [{ count: 10 }, 'count must be at most 9, got 10'],
    [{ count: 1.5 }, 'count must be a whole number, got 1.5'],
    [{ mode: 'replace' }, 'mode must be one of ignore, update, got "replace"'],
    [{ list: [] }, 'list must be at least 1 entries long, got []'],
    [{ list: [{}] }, 'list.0.id must be a string, got nothing'],
    [{ list: {} }, 'list must be an array, got {}'],
    [{ at: 'yesterday' }, 'at must be a time like 2026-01-31T02:00:00Z, got "yesterday"'],
    [{ named: 'y' }, 'named must be x, got "y"'],
    [{ name: 'both', mode: 'update' }, 'must have at most one of name and mode'],
    [null, 'value must be an object, got null'],
    [undefined, 'value must be an object, got nothing'],
    [[1], 'value must be an object, got an array'],
    ['text', 'value must be an object, got a string'],
  ])('refuses %j naming field, value and bound', async (value, message) => {
    expect(await messageOf(value)).toBe(`test request: ${message}`);
  });

  test('shows a long value only in part', async () => {
    const message = await messageOf({ name: '𝄞'.repeat(200) });
    expect(message.length).toBeLessThan(200);
    expect(message.isWellFormed()).toBe(true);
  });

  test('shows nothing of what lies inside lists, objects and the whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<(canary: unknown) => unknown>(
          (canary) => ({ name: { secret: canary } }),
          (canary) => ({ name: [canary] }),
          (canary) => ({ at: { [String(canary)]: canary } }),
          (canary) => [canary],
          (canary) => canary,
        ),
        async (around) => {
          expect(await messageOf(around('canary-secret'))).not.toContain('canary');
        },
      ),
    );
  });
});

describe('describeIssue', () => {
  test('shows no value unless it is given the input', () => {
    const { error } = schema.safeParse({ name: 'canary-secret' });
    expect(describeIssue(error?.issues[0])).toBe('name must be at most 5 characters long');
  });

  test('has a word for no issue at all', () => {
    expect(describeIssue(undefined)).toBe('invalid');
  });
});

describe('parseJsonInput', () => {
  const parse = (text: string) => parseJsonInput(schema, text, 'SETTINGS', 'INVALID_ENVIRONMENT');

  test('gives back what fits', () => {
    expect(parse('{"count":9}')).toEqual({ count: 9 });
  });

  test.each([
    ['{"count":', 'SETTINGS must be JSON, got text of 9 characters that is not'],
    ['', 'SETTINGS must be JSON, got text of 0 characters that is not'],
    ['{"count":10}', 'SETTINGS: count must be at most 9, got 10'],
  ])('refuses %j', async (text, message) => {
    expect(await rejectionOf(() => parse(text))).toMatchObject({ code: 'INVALID_ENVIRONMENT', message });
  });
});
