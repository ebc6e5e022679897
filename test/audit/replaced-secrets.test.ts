/** A night that replaces most secrets is an alarm, however few objects it changes; the rotation of some is none. */
import { describe, expect, it } from 'vitest';
import { assessCredentials } from '../../functions/audit/assess/assess-credentials.ts';
import type { VersionRecord } from '../../functions/audit/history.ts';
import { changeBetween } from '../../functions/audit/night-change.ts';
import { dumpParts } from '../../functions/config/export/dump-parts.ts';
import { exportParts } from '../../functions/config/export/export-parts.ts';
import { parseConfigPart, writeConfigPart } from '../../functions/config/export/parts.ts';
import type { Json, JsonObject } from '../../functions/config/json/json.ts';
import type { PartName } from '../../functions/vault/format/manifest.ts';

const SETTINGS = { changePercent: 50, minimumObjects: 5 };

const bytesOf = (value: Json) => Buffer.from(JSON.stringify(value));
const secretsOf = (count: number, secret: (index: number) => string): [string, string][] =>
  Array.from({ length: count }, (_, index) => [`client-${index}`, secret(index)]);

const treeOf = (secrets: readonly (readonly [string, string])[], workspace = 'shop'): JsonObject => ({
  name: 'T',
  servers: {
    [workspace]: {
      name: 'Shop',
      clients: Object.fromEntries(
        secrets.map(([id, client_secret]) => [id, { client_name: id, client_secret }]),
      ),
    },
  },
});
const dumpOf = (secrets: readonly (readonly [string, string])[]): JsonObject => ({
  servers: [{ id: 'shop', tenant_id: 't', name: 'Shop' }],
  clients: secrets.map(([id, client_secret]) => ({
    authorization_server_id: 'shop',
    tenant_id: 't',
    client_id: id,
    client_name: id,
    client_secret,
  })),
});

function partOf(name: PartName, document: JsonObject, key: number) {
  const { config, credentials, ...found } =
    name === 'hub.config' ? exportParts(bytesOf(document), bytesOf(document)) : dumpParts(bytesOf(document));
  const part = Buffer.concat(writeConfigPart(config, credentials, Buffer.alloc(32, key), found));
  return new Map([[name, parseConfigPart(part)]]);
}

/** Findings about a night, from the documents of both nights as backups hold them. */
function found(name: PartName, before: JsonObject, after: JsonObject, credentials = 20, keys = [7, 7]) {
  const [old = 0, now = 0] = keys;
  const change = changeBetween(partOf(name, before, old), partOf(name, after, now), 'v1');
  const record = (versionId: string, changeOf: typeof change) =>
    ({
      versionId,
      storedAt: '2026-01-31T02:00:00.000Z',
      manifest: { credentials, warnings: {}, adopted: false },
      change: changeOf,
    }) as unknown as VersionRecord;
  return assessCredentials('acme', record('v2', change), [record('v1', null)], SETTINGS).filter(
    ({ code }) => code === 'SECRETS_CHANGED',
  );
}

const original = secretsOf(20, (index) => `secret-of-${index}-0123456789`);
const replaced = (count: number, by = (index: number) => `stolen-${index}-0123456789`) =>
  original.map(([id, secret], index): [string, string] => [id, index < count ? by(index) : secret]);

describe.each([
  ['hub.config', treeOf],
  ['system.config', dumpOf],
] as const)('secrets of %s', (name, documentOf) => {
  it.each<[string, [string, string][], number]>([
    ['all', replaced(20), 20],
    ['most', replaced(13), 13],
    ['half', replaced(10), 10],
    ['all, by one value', replaced(20, () => 'one-value-for-all-0123456789'), 20],
    ['most, while others are added', [...replaced(13), ...secretsOf(3, () => 'x').map(rename)], 13],
    ['most, while others are removed', replaced(13).slice(0, 18), 13],
  ])('are an alarm where a night replaced %s', (_, after, count) => {
    expect(found(name, documentOf(original), documentOf(after))).toEqual([
      expect.objectContaining({
        severity: 'alarm',
        subject: 'v2',
        message: `${count} of 20 credentials were replaced with version v2 of 2026-01-31`,
      }),
    ]);
  });

  it.each<[string, [string, string][]]>([
    ['nothing changed', original],
    ['a rotation replaced some', replaced(9)],
    ['many were added', [...original, ...secretsOf(60, (index) => `new-${index}`).map(rename)]],
    ['half were removed', original.slice(0, 10)],
  ])('are no finding where %s', (_, after) => {
    expect(found(name, documentOf(original), documentOf(after))).toEqual([]);
  });

  it('are no finding where a small tenant replaces a few', () => {
    const [before, after] = [original, replaced(4)].map((secrets) => documentOf(secrets.slice(0, 5)));
    expect(found(name, before as JsonObject, after as JsonObject, 5)).toEqual([]);
  });

  it('are an alarm where the fingerprints have another key, which hides every change', () => {
    expect(found(name, documentOf(original), documentOf(original), 20, [7, 8])).toEqual([
      expect.objectContaining({
        severity: 'alarm',
        message: expect.stringContaining('changes of secrets cannot be seen'),
      }),
    ]);
  });
});

it('says nothing about a new workspace with more secrets than all others', () => {
  const after = treeOf(original);
  const more = treeOf(
    secretsOf(200, (index) => `new-${index}-0123456789`),
    'bank',
  );
  Object.assign(after['servers'] as JsonObject, more['servers'] as JsonObject);
  expect(found('hub.config', treeOf(original), after)).toEqual([]);
});

function rename([id, secret]: [string, string]): [string, string] {
  return [`new-${id}`, `${secret}-0123456789-${id}`];
}
