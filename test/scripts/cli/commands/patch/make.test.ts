import { describe, expect, test } from 'vitest';
import { compareTrees } from '../../../../../functions/config/compare/compare.ts';
import type { Json } from '../../../../../functions/config/json/json.ts';
import { parsePatch } from '../../../../../functions/restore/source/patch-request.ts';
import { parsePatchFile } from '../../../../../scripts/cli/commands/patch/apply.ts';
import { credentialsFound } from '../../../../../scripts/cli/commands/patch/credentials.ts';
import { makePatch } from '../../../../../scripts/cli/commands/patch/make.ts';
import { damage } from '../../../../../scripts/demo/damage.ts';
import { AUTOMATION_CLIENT_ID, credentialValues, demoTenants } from '../../../../../scripts/demo/tenants.ts';

const stateOf = (tree: Json, secretPointers: readonly string[] = []) => ({ tree, secretPointers });
const FORMATS = ['merge', 'json'] as const;

/** What is different but for credentials, and for key sets, which go and come as a whole with theirs. */
const differing = (expected: Json, actual: Json) =>
  compareTrees(expected, actual).differences.flatMap(({ kind, pointer, properties }) =>
    kind === 'changed'
      ? properties
          .filter((each) => !each.secret && !/\/jwks(\/|$)/.test(each.pointer))
          .map((each) => each.pointer)
      : [`${kind} ${pointer}`],
  );

describe.each(FORMATS)('a %s patch between two states', (format) => {
  const before = demoTenants()[0]?.tree ?? {};
  const after = structuredClone(before);
  damage(after, AUTOMATION_CLIENT_ID);

  test.each([
    ['forward', before, after],
    ['back', after, before],
  ])('holds no credential unless asked for, and makes the one of the other: %s', (_, from, to) => {
    const { text, isEmpty, credentials, leftOut } = makePatch([stateOf(from), stateOf(to)], { format });
    expect(leftOut).toEqual(['/servers/customers/jwks']);
    expect({ isEmpty, credentials }).toEqual({ isEmpty: false, credentials: 0 });
    for (const secret of credentialValues(before)) expect(text).not.toContain(secret);
    const patched = parsePatch(parsePatchFile(text, 'patch'))(from);
    expect(differing(to, patched)).toEqual([]);
  });

  test('holds those that are wanted', () => {
    const states = [stateOf(after), stateOf(before)] as const;
    const { text, credentials } = makePatch(states, { format, withCredentials: true });
    expect(credentials).toBeGreaterThan(0);
    expect(credentialValues(before).some((secret) => text.includes(secret))).toBe(true);
  });

  test('is nothing where nothing differs', () => {
    const same = makePatch([stateOf(before), stateOf(structuredClone(before))], { format });
    expect(same).toMatchObject({ isEmpty: true, text: format === 'merge' ? '{}' : '[]' });
  });
});

describe('a credential where no table expects one', () => {
  const CANARY = 'canary-of-a-credential';
  const place = '/servers/customers/clients/portal/metadata/links/0/key';
  const tree = (note: string, before: Json[] = []): Json => ({
    servers: {
      customers: {
        clients: { portal: { client_id: 'portal', metadata: { links: [...before, { key: CANARY, note }] } } },
      },
    },
  });

  test('beside a changed value of a list is not written by accident', () => {
    const states = [stateOf(tree('old'), [place]), stateOf(tree('new'), [place])] as const;
    expect(() => makePatch(states, { format: 'merge' })).toThrow(
      /^the patch would contain 1 credentials .*--format json.*--with-credentials$/,
    );
    const { text } = makePatch(states, { format: 'json' });
    expect(text).toContain('new');
    expect(text).not.toContain(CANARY);
  });

  test('is not written either where it has moved to, and what is left out for it is said', () => {
    const other = tree('new', [{ key: 'public-name', note: 'first' }]);
    const states = [stateOf(tree('old'), [place]), stateOf(other)] as const;
    for (const format of FORMATS) {
      const { text, leftOut } = makePatch(states, { format });
      expect(text).not.toContain(CANARY);
      expect(leftOut).toEqual([
        expect.stringMatching(/^\/servers\/customers\/clients\/portal\/metadata\/links/),
      ]);
    }
  });

  test('is found by its value, wherever it stands', () => {
    const states = [stateOf(tree('old'), [place])];
    expect(credentialsFound({ a: [{ b: 'new' }, CANARY] }, states)).toEqual(['/a/1']);
    expect(credentialsFound({ a: 'new', key: 'other' }, states)).toEqual([]);
  });
});
