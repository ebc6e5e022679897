/** `verify` finds in a backup the credentials that it does not show, as a backup finds them in an export. */
import { describe, expect, it } from 'vitest';
import { dumpParts } from '../../functions/config/export/dump-parts.ts';
import { exportParts } from '../../functions/config/export/export-parts.ts';
import type { Json, JsonObject } from '../../functions/config/json/json.ts';
import { assessBlanks, blanksOf } from '../../functions/state/assess-blanks.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';

const [{ tree, dump: collections } = { tree: {}, dump: {} }] = demoTenants();
const dump = {
  ...collections,
  servers: [{ id: 'customers', secret: 'workspace-secret' }],
  idps: [
    { id: 'up', settings: { client_id: 'us' }, credentials: { oidc: { client_secret: 'upstream-secret' } } },
  ],
  clients: [{ client_id: 'web', client_secret: 'client-secret' }],
};

const NAMES: ReadonlySet<string> = new Set([
  'client_secret',
  'd',
  'api_key',
  'auth_token',
  'value',
  'secret',
]);

/** Hides the secrets of some members. */
const hidden = (document: Json, text: string | null, names: ReadonlySet<string> = NAMES): JsonObject =>
  JSON.parse(
    JSON.stringify(document, (name, value) => (typeof value === 'string' && names.has(name) ? text : value)),
  );

const found = (blanks: readonly { type: string; pointer: string }[]) =>
  blanks.map(({ type, pointer }) => `${type} ${pointer}`).sort();
const bytesOf = (value: Json) => Buffer.from(JSON.stringify(value));

describe('blanksOf', () => {
  it.each(['', null, '********', '0000', 'sk_live_********', 'not in this export'])(
    'finds in a backup of %j what its export lacks',
    (text) => {
      const [hiddenTree, hiddenDump] = [hidden(tree as JsonObject, text), hidden(dump as JsonObject, text)];
      const ofTree = blanksOf('hub', hiddenTree);
      // Of a key, the export counts once what the walk through the document lists by member.
      const members = (pointers: string[]) => pointers.map((line) => line.replace(/\/(d|p|q|dp|dq|qi)$/, ''));
      const { blanks } = exportParts(bytesOf(hiddenTree), bytesOf(hiddenTree));
      const unlike = new Set(members(found(ofTree))).symmetricDifference(new Set(members(found(blanks))));
      expect([...unlike]).toEqual([]);
      expect(found(blanksOf('system', hiddenDump))).toEqual(found(dumpParts(bytesOf(hiddenDump)).blanks));
      expect(() => assessBlanks(ofTree, 'accept')).toThrow(/the export is redacted/);
    },
  );

  it('finds nothing in a backup that shows all', () => {
    expect(blanksOf('hub', tree as JsonObject)).toEqual([]);
    expect(blanksOf('system', dump as JsonObject)).toEqual([]);
  });

  it('counts what an enrolment accepted', () => {
    const clients = hidden(dump as JsonObject, '********', new Set(['client_secret']));
    expect(assessBlanks(blanksOf('system', clients), 'accept')).toEqual({
      blank_client_secrets: 1,
      blank_upstream_secrets: 1,
    });
  });
});
