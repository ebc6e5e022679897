import { describe, expect, it } from 'vitest';
import type { Json } from '../../../functions/config/json/json.ts';
import { parseWrittenJson, requireExactNumbers } from '../../../functions/config/json/written-json.ts';
import { failureOf } from '../failure.ts';

describe('parseWrittenJson', () => {
  it.each([
    ['no JSON', '{"canary', 'file x must be JSON: json ends early, after 8 characters'],
    ['a member twice', '{"a":{"b":"canary","b":2}}', 'file x must name each member once, has /a/b twice'],
  ])('refuses %s without its values', (_, text, message) => {
    expect(failureOf(() => parseWrittenJson(text, 'file x'))).toMatchObject({
      code: 'INVALID_REQUEST',
      message,
    });
  });
});

describe('requireExactNumbers', () => {
  // As an event of a Lambda function arrives: parsed.
  const require = (text: string) => requireExactNumbers(JSON.parse(text) as Json, 'patch.document');

  it.each([
    '{"a":[1,-2.5,1e3,0.1,123456789012345,9007199254740991,-0.000001234]}',
    '"1234567890123456789"',
    'null',
  ])('accepts %s', (text) => {
    expect(require(text)).toBeUndefined();
  });

  it.each([
    ['{"a":{"b":12345678901234567891}}', '/a/b'],
    ['[9007199254740993]', '/0'],
    ['[-9007199254740993]', '/0'],
    ['[12345678901234500001]', '/0'],
    ['{"a":0.12345678901234567891}', '/a'],
    ['{"x":1,"a":1234567.8901234567}', '/a'],
    ['{"a~b":[12345678901234567891,12345678901234567891]}', '/a~0b/0'],
    ['12345678901234567891', '/'],
  ])('refuses %s', (text, place) => {
    expect(failureOf(() => require(text)).message).toBe(
      `patch.document must have numbers of at most 15 digits, has a longer one at ${place}: send it as text`,
    );
  });

  it('takes any depth', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as Json;
    expect(requireExactNumbers(deep, 'x')).toBeUndefined();
  });
});
