/** Where only the name of a member speaks of a secret, words are settings and labels: they must neither keep a tenant from
 * being backed up, nor be left out of a restore. A product's next release, a theme or an extension may have such members. */
import { describe, expect, it } from 'vitest';
import { planDumpChanges } from '../../../functions/config/change/dump-change-set.ts';
import { dumpParts } from '../../../functions/config/export/dump-parts.ts';
import { exportParts } from '../../../functions/config/export/export-parts.ts';
import type { Json, JsonObject } from '../../../functions/config/json/json.ts';
import { assessBlanks } from '../../../functions/state/assess-blanks.ts';

const SECRET = 'f3b8c1d0-a-real-secret-5e77';
const bytesOf = (value: Json) => Buffer.from(JSON.stringify(value));

/** Members of an unknown object, in a workspace of a tree. */
const treeWith = (members: JsonObject): Json => ({
  name: 'T',
  servers: { shop: { name: 'Shop', secret: SECRET, new_section: members } },
});
const newsOf = (members: JsonObject): Json => ({ id: 'n1', tenant_id: 't', server_id: 'shop', ...members });
const dumpWith = (members: JsonObject): JsonObject => ({
  tenant: { id: 't', name: 'T' },
  servers: [{ id: 'shop', tenant_id: 't', name: 'Shop', secret: SECRET }],
  news: [newsOf(members)],
});
const warningsOfTree = (members: JsonObject) => {
  const tree = bytesOf(treeWith(members));
  return assessBlanks(exportParts(tree, tree).blanks, 'refuse');
};
const warningsOfDump = (members: JsonObject) =>
  assessBlanks(dumpParts(bytesOf(dumpWith(members))).blanks, 'refuse');

const WORDS: readonly JsonObject[] = [
  { authorization: 'none' },
  { refresh_token: 'None' },
  { id_token: 'n/a' },
  { password: 'hidden' },
  { password: 'masked' },
  { password: 'Your password' },
  { password: '{{ .Password }}' },
  { token: '%token%' },
  { pin: '0000' },
  { salt: '-' },
  { secret: '...' },
  { token: 'xxx' },
];

const SUBSTITUTES = [
  '********',
  '•••',
  '********1234',
  '[REDACTED]',
  '<hidden>',
  'redacted',
  '_VALUE_NOT_SHOWN_',
];

describe('a member that no table knows, with the name of a secret', () => {
  it.each(WORDS)('keeps a word of its own: %j', (members) => {
    expect(warningsOfTree(members)).toEqual({});
    expect(warningsOfDump(members)).toEqual({});
  });

  it.each(SUBSTITUTES)('hides a secret behind %j', (text) => {
    expect(() => warningsOfTree({ token: text })).toThrow(/the export is redacted/);
    expect(() => warningsOfDump({ token: text })).toThrow(/the export is redacted/);
  });

  it.each<[string, Json[]]>([
    ['as a new object', []],
    ['over another word', [newsOf({ authorization: 'bearer' })]],
  ])('is restored with its word %s', (_, news) => {
    const { document } = planDumpChanges(
      dumpWith({ authorization: 'none' }),
      { ...dumpWith({}), news },
      { mode: 'update' },
    );
    expect(JSON.stringify(document)).toContain('"authorization":"none"');
  });
});

describe('a place that a table knows', () => {
  it.each(['none', '0000', 'xxx', 'your secret'])('hides a secret behind %j', (text) => {
    const tree = bytesOf({ name: 'T', servers: { shop: { name: 'Shop', secret: text } } });
    expect(() => assessBlanks(exportParts(tree, tree).blanks, 'refuse')).toThrow(/the export is redacted/);
  });
});
