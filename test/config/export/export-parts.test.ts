import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBlankCredentials } from '../../../functions/config/credentials/blank-credentials.ts';
import { splitCredentials } from '../../../functions/config/credentials/credentials.ts';
import { exportParts } from '../../../functions/config/export/export-parts.ts';
import { parseJson, stringifyJson } from '../../../functions/config/json/json.ts';
import { countObjects } from '../../../functions/config/model/objects.ts';
import { shapeOf } from '../../../functions/config/model/shape.ts';
import { createReferenceCheck } from '../../../functions/config/references/reference-check.ts';
import { demoTenants } from '../../../scripts/demo/tenants.ts';
import { redactTenant } from '../../../scripts/sandbox/state/redact.ts';
import { anyRedaction } from '../any-json.ts';
import { redact, type Tree, tenant, workspace } from '../arbitraries.ts';
import { failureOf } from '../failure.ts';

const bytesOf = (tree: Tree): Buffer => Buffer.from(typeof tree === 'string' ? tree : stringifyJson(tree));

/** What the whole trees give. */
function whole(fullBytes: Buffer, maskBytes: Buffer) {
  const [full, mask] = [parseJson(fullBytes), parseJson(maskBytes)];
  const shape = shapeOf(full);
  shapeOf(mask);
  const { config, credentials, counts } = splitCredentials(full, mask);
  const references = createReferenceCheck(shape);
  references.add(full);
  return {
    config,
    credentials,
    counts,
    shape,
    objects: countObjects(full),
    blanks: findBlankCredentials(full),
    hidden: [],
    references: references.end(),
  };
}

/** The same of the pieces; the order of credentials has no meaning, nor has that of blanks and references. */
function inPieces(fullBytes: Buffer, maskBytes: Buffer) {
  const parts = exportParts(fullBytes, maskBytes);
  return { ...parts, config: parseJson(Buffer.concat(parts.config)) };
}

const sorted = <
  T extends { blanks: readonly { pointer: string }[]; references: { dangling: number; doubtful: number } },
>({
  references: { dangling, doubtful },
  ...result
}: T) => ({
  ...result,
  references: { dangling, doubtful },
  blanks: result.blanks.toSorted((a, b) => (a.pointer < b.pointer ? -1 : 1)),
});

function expectSame(full: Tree, mask: Tree): void {
  const [fullBytes, maskBytes] = [bytesOf(full), bytesOf(mask)];
  expect(sorted(inPieces(fullBytes, maskBytes))).toEqual(sorted(whole(fullBytes, maskBytes)));
}

/** The same tenant with its members and workspaces in another order. */
const inReverse = (tree: Tree): Tree => {
  const reversed = Object.fromEntries(Object.entries(tree as object).reverse());
  if (!('servers' in reversed)) return reversed;
  return {
    ...reversed,
    servers: Object.fromEntries(Object.entries(reversed['servers'] as object).reverse()),
  };
};

const textOf = (full: Tree, mask: Tree): string =>
  Buffer.concat(exportParts(bytesOf(full), bytesOf(mask)).config).toString();

const failure = (full: Tree, mask: Tree) => failureOf(() => exportParts(bytesOf(full), bytesOf(mask)));
const wholeFailure = (full: Tree, mask: Tree) => failureOf(() => whole(bytesOf(full), bytesOf(mask)));

describe('exportParts', () => {
  it('gives what the whole trees give, for any tenant and any workspace', () => {
    fc.assert(
      fc.property(tenant, (full) => {
        expectSame(full, redact(full));
        expectSame(full, full);
        expectSame(full, inReverse(redact(full)));
      }),
    );
    fc.assert(fc.property(workspace, (full) => expectSame(full, redact(full))));
  });

  it('gives what the whole trees give, for realistic tenants in several texts', () => {
    for (const { tree } of demoTenants()) {
      expectSame(tree, redactTenant(tree));
      expectSame(tree, inReverse(redactTenant(tree)));
      expectSame(JSON.stringify(tree, null, 2), JSON.stringify(redactTenant(tree), null, '\t'));
    }
  });

  it('gives what the whole trees give, for workspaces of any JSON under any redaction', () => {
    fc.assert(
      fc.property(anyRedaction, anyRedaction, (a, b) => {
        const full = { servers: { a: { members: a.full }, b: b.full } };
        const mask = { servers: { a: { members: a.mask }, b: b.mask } };
        expectSame(full, mask);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes credentials whose names stand in another order in memory than in the text', () => {
    const [full, mask] = ['{"10":"x","9":"y"}', '{"10":"","9":""}'].map(
      (text) => `{"servers":{"a":${text}}}`,
    );
    expect(textOf(full as string, mask as string)).toBe('{"servers":{"a":{"9":"","10":""}}}');
    expectSame(full as string, mask as string);
  });

  it.each([
    ['a known credential that is shown', '"secret":"x","a":"y"', '"secret":"x","a":""'],
    ['a credential of two names', '"a":[],"secret":"x","secret":""', '"a":null,"secret":"x","secret":""'],
    [
      'a credential below a name that stands twice',
      '"b":{"c":"x"},"b":{"c":"y"}',
      '"b":{"c":"x"},"b":{"c":""}',
    ],
    ['a list in another order', '"a":["v","w"],"secret":"x"', '"a":["w","v"],"secret":""'],
    ['a volatile value that has moved on', '"updated_at":"v","secret":"x"', '"updated_at":"w","secret":""'],
    ['a blank with blanks in it', '"a":{"b":[]},"c":"x"', '"a":{"b":null,"d":[]},"c":""'],
    [
      'a blank in a list of credentials, and another one after other space',
      '"rotated_secrets":["","x"],"c":[1 ,[]]',
      '"rotated_secrets":[null,""],"c":[1,null]',
    ],
    ['members that only one of them has', '"a":{"b":"x"},"c":[]', '"a":{},"c":null'],
  ])('writes the configuration anew where that has %s', (_, full, mask) => {
    const [fullText, maskText] = [full, mask].map((text) => `{"servers":{"w":{${text}}}}`) as [
      string,
      string,
    ];
    expectSame(fullText, maskText);
    expect(textOf(fullText, maskText)).toBe(stringifyJson(parseJson(textOf(fullText, maskText))));
  });

  it('keeps numbers, names and texts that are hard to carry', () => {
    const full = `\n{ "wide" : 12345678901234567890, "servers": { "a/b~c" : {"secret":"x","n":-0,"x":1e-400}, "__proto__":{"secret":"y \\" } ]"},
      "10":{}, "9":{"clients":{}}, "\\u00e9":{"secret":null} } ,"name":"last \\u0000 \\ud800 日本" }\r\n`;
    expectSame(full, full);
    const { config, credentials } = inPieces(bytesOf(full), bytesOf(full));
    expect(stringifyJson(config)).toContain('12345678901234567890');
    expect(stringifyJson(config)).toContain('1e-400');
    expect(credentials).toMatchObject({
      '/servers/a~1b~0c/secret': 'x',
      '/servers/__proto__/secret': 'y " } ]',
    });
  });

  it.each([
    ['a workspace on one side only', { servers: { a: {}, b: { x: 1 } } }, { servers: { a: {} } }],
    ['a workspace on the other side only', { servers: { a: {} } }, { servers: { a: {}, b: { x: 1 } } }],
    [
      'another value outside of the workspaces',
      { name: 'a', servers: { a: {} } },
      { name: 'b', servers: { a: {} } },
    ],
    ['another value in a workspace', { servers: { a: { x: 1 } } }, { servers: { a: { x: 2 } } }],
    ['no workspaces on one side', { servers: { a: { x: 1 } }, features: {} }, { features: {} }],
  ])('refuses %s as the whole trees do', (_, full, mask) => {
    expect(failure(full, mask)).toMatchObject({ code: 'EXPORT_INCONSISTENT' });
    expect(failure(full, mask).facts).toEqual(wholeFailure(full, mask).facts);
  });

  it.each([
    ['cut short', '{"servers":{"a":{"x":1}'],
    ['cut short in a text', '{"servers":{"a":{"x":"1'],
    ['a mistake in a workspace', '{"servers":{"a":{"x":1 "y":2}}}'],
    ['a mistake between workspaces', '{"servers":{"a":{} "b":{}}}'],
    ['a mistake in a name', '{"servers":{"a\\x":{}}}'],
    ['brackets that do not match', '{"servers":{"a":[}}]}'],
    ['something after its end', '{"servers":{"a":{}}} x'],
    ['an empty value', '{"servers":{"a":}}'],
    ['two commas', '{"servers":{"a":1,,"b":2}}'],
    ['no utf-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['nested too deep', `{"servers":{"a":${'['.repeat(511)}${']'.repeat(511)}}}`],
  ])('says of a text that has %s what parsing the whole says', (_, text) => {
    const bytes = Buffer.from(text as string);
    const expected = failureOf(() => parseJson(bytes));
    const actual = failureOf(() => exportParts(bytes, bytes));
    expect([actual.code, actual.message]).toEqual([expected.code, expected.message]);
  });

  it('reads the last of two members of one name, and the deepest tree that is allowed', () => {
    const twice = '{"servers":{"a":{"x":1}},"servers":{"b":{"x":2},"b":{"x":3}}}';
    expectSame(twice, twice);
    const deep = `{"servers":{"a":${'['.repeat(510)}${']'.repeat(510)}}}`;
    expect(Buffer.concat(exportParts(bytesOf(deep), bytesOf(deep)).config).toString()).toBe(deep);
  });
});
