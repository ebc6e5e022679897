/** A count of credentials that falls against the backup before is a finding, unless the tenant's changes explain it. */
import { describe, expect, it } from 'vitest';
import { assessCredentials } from '../../functions/audit/assess/assess-credentials.ts';
import type { NightChange, VersionRecord } from '../../functions/audit/history.ts';
import { changeBetween } from '../../functions/audit/night-change.ts';
import { dumpParts } from '../../functions/config/export/dump-parts.ts';
import { exportParts } from '../../functions/config/export/export-parts.ts';
import { parseConfigPart, writeConfigPart } from '../../functions/config/export/parts.ts';
import type { Json, JsonObject } from '../../functions/config/json/json.ts';
import type { PartName } from '../../functions/vault/format/manifest.ts';

const bytesOf = (value: Json) => Buffer.from(JSON.stringify(value));
const KEY = Buffer.alloc(32, 7);

function partOf(name: PartName, document: JsonObject, key = KEY) {
  const { config, credentials, ...found } =
    name === 'hub.config' ? exportParts(bytesOf(document), bytesOf(document)) : dumpParts(bytesOf(document));
  return new Map([[name, parseConfigPart(Buffer.concat(writeConfigPart(config, credentials, key, found)))]]);
}
const changeOf = (name: PartName, before: JsonObject, after: JsonObject, key = KEY): NightChange =>
  changeBetween(partOf(name, before), partOf(name, after, key), 'v1') as NightChange;

interface Secrets {
  readonly client?: Json;
  readonly upstream?: Json;
  readonly webhook?: Json;
  readonly method?: Json;
  readonly rotated?: Json;
  readonly name?: string;
  readonly withClient?: boolean;
}
const client = ({ client: secret = 'of-client', rotated = ['old'], name = 'Web' }: Secrets) => ({
  client_name: name,
  client_secret: secret,
  rotated_secrets: rotated,
});
const treeOf = (secrets: Secrets): JsonObject => ({
  name: 'T',
  mfa_methods: { sms: { mechanism: 'sms', auth: { sms: { auth_token: secrets.method ?? 'of-method' } } } },
  servers: {
    shop: {
      name: 'Shop',
      secret: 'of-workspace',
      clients: secrets.withClient === false ? {} : { web: client(secrets) },
      idps: {
        up: { name: 'Up', credentials: { oidc: { client_secret: secrets.upstream ?? 'of-upstream' } } },
      },
      webhooks: { crm: { url: 'https://crm.example', api_key: secrets.webhook ?? 'of-webhook' } },
    },
  },
});
const of = { authorization_server_id: 'shop', tenant_id: 't' };
const dumpOf = (secrets: Secrets): JsonObject => ({
  servers: [{ id: 'shop', tenant_id: 't', name: 'Shop', secret: 'of-workspace' }],
  clients: secrets.withClient === false ? [] : [{ ...of, client_id: 'web', ...client(secrets) }],
  idps: [
    {
      ...of,
      id: 'up',
      name: 'Up',
      credentials: { oidc: { client_secret: secrets.upstream ?? 'of-upstream' } },
    },
  ],
  webhooks: [
    { tenant_id: 't', server_id: 'shop', webhook_id: 'w', api_key: secrets.webhook ?? 'of-webhook' },
  ],
  mfa_methods: [{ tenant_id: 't', id: 'sms', auth: { sms: { auth_token: secrets.method ?? 'of-method' } } }],
});

describe.each([
  ['hub.config', treeOf],
  ['system.config', dumpOf],
] as const)('missing credentials of %s', (name, documentOf) => {
  it.each<[string, Secrets, number]>([
    ['a client', { client: '' }, 1],
    ['an identity provider', { upstream: '' }, 1],
    ['a webhook', { webhook: '' }, 1],
    ['a multi-factor method', { method: '' }, 1],
    ['a client, as a placeholder', { client: '********' }, 1],
    ['all of these', { client: '', upstream: '', webhook: '', method: '' }, 4],
  ])('are counted: %s', (_, secrets, missing) => {
    expect(changeOf(name, documentOf({}), documentOf(secrets))).toMatchObject({
      missing,
      changed: 0,
      removed: 0,
    });
    // A new fingerprint key makes all fingerprints differ, and no credential missing.
    expect(changeOf(name, documentOf({}), documentOf(secrets), Buffer.alloc(32, 8)).missing).toBe(missing);
  });

  it.each<[string, Secrets]>([
    ['nothing changed', {}],
    ['a secret was changed', { client: 'another' }],
    ['a rotated secret ended', { rotated: null }],
    ['the object was removed', { withClient: false }],
    ['the object was changed as well', { client: '', name: 'Renamed' }],
  ])('are none where %s', (_, secrets) => {
    expect(changeOf(name, documentOf({}), documentOf(secrets)).missing).toBe(0);
  });

  it('are none where they come back', () => {
    expect(changeOf(name, documentOf({ client: '' }), documentOf({})).missing).toBe(0);
  });
});

it('finds a credential in a dump whose elements come in another order', () => {
  const [before, after] = [dumpOf({}), dumpOf({ client: '' })];
  const other = { ...of, client_id: 'a', client_name: 'A', client_secret: 'of-a' };
  const change = changeOf(
    'system.config',
    { ...before, clients: [...(before['clients'] as Json[]), other] },
    { ...after, clients: [other, ...(after['clients'] as Json[])] },
  );
  expect(change.missing).toBe(1);
});

const SETTINGS = { changePercent: 50, minimumObjects: 5 };

const record = (
  versionId: string,
  credentials: number,
  missing: number | null,
  adopted = false,
): VersionRecord =>
  ({
    versionId,
    storedAt: '2026-01-31T02:00:00.000Z',
    manifest: { credentials, warnings: {}, adopted },
    change: missing === null ? null : { from: 'v1', missing, replaced: 0 },
  }) as unknown as VersionRecord;

it('reports the night, with the counts of both backups', () => {
  expect(assessCredentials('acme', record('v2', 89, 4), [record('v1', 93, null)], SETTINGS)).toEqual([
    {
      code: 'CREDENTIALS_MISSING',
      severity: 'warning',
      tenant: 'acme',
      subject: 'v2',
      message: '4 credentials of unchanged objects are missing in version v2 of 2026-01-31: 89 after 93',
      facts: { versionId: 'v2', missing: 4, comparedWith: 'v1' },
    },
  ]);
  expect(assessCredentials('acme', record('v3', 93, 0), [record('v2', 93, null)], SETTINGS)).toEqual([]);
});

it.each([
  ['an adopted backup after an ordinary one', true, false],
  ['an ordinary backup after an adopted one', false, true],
])('says nothing about %s, which finds the same secrets in other places', (_, newest, before) => {
  expect(
    assessCredentials('acme', record('v2', 89, 4, newest), [record('v1', 93, null, before)], SETTINGS),
  ).toEqual([]);
});

it('compares two adopted backups', () => {
  expect(
    assessCredentials('acme', record('v2', 89, 4, true), [record('v1', 93, null, true)], SETTINGS),
  ).toHaveLength(1);
});
