import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../../../functions/config/json/json.ts';
import { parsePatchFile } from '../../../../../scripts/cli/commands/patch/apply.ts';
import { runHere } from '../../command-tree.ts';

describe('a patch file', () => {
  test.each([
    ['{"servers":{"a":{"level":12345678901234567890}}}', 'rfc7396'],
    ['[{"op":"remove","path":"/servers/a"}]', 'rfc6902'],
  ] as const)('says itself what it is, and keeps its numbers: %s', (text, format) => {
    expect(parsePatchFile(text, 'patch')).toEqual({ format, document: text });
    expect(parseJson(text)).toBeDefined();
  });

  test.each([
    ['no JSON', '{"a":canary-of-a-secret}', /must be JSON/],
    ['no patch', '"canary-of-a-secret"', /must be an object/],
    ['no operation', '[{"op":"canary-of-a-secret"}]', /^json patch must have add, remove/],
    [
      'of a member twice',
      '{"servers":{"a":{"x":1}},"servers":{"a":{"x":"canary-of-a-secret"}}}',
      /has \/servers twice$/,
    ],
    ['of an operation with two paths', '[{"op":"remove","path":"/a","path":"/b"}]', /has \/0\/path twice$/],
    [
      'of a value with a member twice',
      '[{"op":"add","path":"/a","value":{"b":1,"b":2}}]',
      /has \/0\/value\/b twice$/,
    ],
    ['of a name twice in two notations', '{"a":{"b":1,"\\u0062":2}}', /has \/a\/b twice$/],
    ['larger than an invocation', JSON.stringify({ a: 'x'.repeat(6_000_000) }), /must be at most/],
  ])('that is %s is refused before AWS is asked, without its values', async (_, text, message) => {
    const file = join(mkdtempSync(join(tmpdir(), 'patch-')), 'patch');
    writeFileSync(file, text);
    const refused = await runHere(['patch', 'apply', 'acme', file, '--json']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(refused.stderr).error).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringMatching(message),
    });
    expect(refused.stderr).not.toContain('canary-of-a-secret');
  });

  test.each([
    ['{"clients":{}}', [], /"clients" belongs to a workspace: add --workspace/],
    ['{"servers":{}}', ['--workspace', 'shop'], /"servers" belongs to the tenant: omit --workspace/],
  ])('of the other form is refused before AWS is asked: %s', async (text, options, message) => {
    const file = join(mkdtempSync(join(tmpdir(), 'patch-')), 'patch');
    writeFileSync(file, text);
    const refused = await runHere(['patch', 'apply', 'acme', file, ...options, '--json']);
    expect(JSON.parse(refused.stderr).error.message).toMatch(message);
  });

  test('is refused with a number of deletions that is none', async () => {
    const refused = await runHere(['patch', 'apply', 'acme', '/dev/null', '--deletions', 'all']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
  });
});
