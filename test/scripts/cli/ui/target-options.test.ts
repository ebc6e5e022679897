import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parsePlanRequest } from '../../../../functions/plan/request.ts';
import { planRequestOf, readTarget } from '../../../../scripts/cli/ui/target-options.ts';
import { runHere } from '../command-tree.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'target-options-'));
let count = 0;
function file(text: string): string {
  const name = join(FOLDER, String(++count));
  writeFileSync(name, text);
  return name;
}

const HOSTS = { hosts: { 'app.acme.example': 'app.copy.example' } };

describe('a transform', () => {
  test.each([
    ['JSON', JSON.stringify(HOSTS)],
    ['YAML', '# of the copy\nhosts:\n  app.acme.example: app.copy.example\n'],
  ])('is read from %s', async (_, text) => {
    expect(await readTarget('acme', { into: 'copy', transform: file(text) })).toEqual({
      into: 'copy',
      transform: HOSTS,
    });
  });

  test.each([
    ['neither JSON nor YAML', 'hosts: [canary-of-a-secret', /must be JSON or YAML: \w+ in line 1$/],
    ['no transform', 'password: canary-of-a-secret', /^transform: unknown field "password"$/],
    [
      'with a member twice',
      '{"hosts":{"a.example":"b","a.example":"canary-of-a-secret"}}',
      /DUPLICATE_KEY in line 1$/,
    ],
    ['with a YAML key twice', 'hosts:\n  a.example: b\nhosts: {}\n', /DUPLICATE_KEY in line 3$/],
    [
      'with a number that a double changes',
      '{"credentialValues":{"/a":12345678901234567891}}',
      /longer one at \/credentialValues\/~1a: send it as text$/,
    ],
    ['with a value of the wrong kind', 'credentials: canary-of-a-secret', /^transform: credentials must be/],
  ])('that is %s is refused without any of its values', async (_, text, message) => {
    const refused = await readTarget('acme', { transform: file(text) }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringMatching(message) });
    expect(String(refused)).not.toContain('canary-of-a-secret');
  });
});

describe('the request for a plan', () => {
  const how = { mode: 'update', credentials: 'restore', prune: false };

  test('names the tenant that would be written to, and no credential', () => {
    const request = planRequestOf({
      ...how,
      tenant: 'acme',
      into: 'copy',
      versionId: 'v1',
      transform: { ...HOSTS, credentialValues: { '/a': 'canary-of-a-secret' } },
    });
    expect(JSON.stringify(request)).not.toContain('canary-of-a-secret');
    expect(parsePlanRequest(request, new Date())).toMatchObject({
      tenant: 'copy',
      desired: { tenant: 'acme', versionId: 'v1' },
      transform: HOSTS,
    });
  });

  test('is the plain one where the tenant is its own target', async () => {
    const target = await readTarget('acme', { into: 'acme' });
    const request = planRequestOf({ ...how, tenant: 'acme', ...target, tier: 'weekly' });
    expect(parsePlanRequest(request, new Date())).toMatchObject({ tenant: 'acme', tier: 'weekly' });
    expect(request).not.toHaveProperty('desired');
  });
});

describe('restore --plan', () => {
  const PLAN = ['--plan', '6cdc7f01-7c31-4f44-82cd-70fc8c6b51bb'];

  test.each([
    ['--mode', ['--mode', 'ignore']],
    ['--prune', ['--prune']],
    ['--into', ['--into', 'copy']],
    ['--type', ['--type', 'clients']],
    ['--no-dependencies', ['--no-dependencies']],
    ['--as-of', ['--as-of', 'yesterday']],
    ['--include-own-client', ['--include-own-client']],
  ])('refuses %s, which the plan says itself', async (option, args) => {
    const refused = await runHere(['restore', 'acme', ...PLAN, ...args]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(`INVALID_REQUEST: ${option} must not be given beside --plan`);
  });

  test('refuses the id of a backup', async () => {
    expect(await runHere(['restore', 'acme@20260131', ...PLAN])).toMatchObject({ code: 2, stdout: '' });
  });
});
