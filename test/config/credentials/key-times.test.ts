/** SecureAuth promotes, rotates and revokes signing keys by itself: another time of the same key is no changed secret. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { changeBetween } from '../../../functions/audit/night-change.ts';
import { planChanges } from '../../../functions/config/change/change-set.ts';
import { planDumpChanges } from '../../../functions/config/change/dump-change-set.ts';
import { joinCredentials } from '../../../functions/config/credentials/credentials.ts';
import { dumpParts } from '../../../functions/config/export/dump-parts.ts';
import { exportDigest } from '../../../functions/config/export/export-digest.ts';
import { exportParts } from '../../../functions/config/export/export-parts.ts';
import { parseConfigPart, writeConfigPart } from '../../../functions/config/export/parts.ts';
import type { JsonObject } from '../../../functions/config/json/json.ts';
import { patchBetween } from '../../../functions/config/transform/tree-patch.ts';

const KEY = Buffer.alloc(32, 7);
const bytesOf = (value: JsonObject) => Buffer.from(JSON.stringify(value));

const [mine, another] = [1, 2].map(
  () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as JsonObject,
) as [JsonObject, JsonObject];
/** Returns a key with a time. */
type MakeKey = (kid: string) => JsonObject;
const keyOf =
  (jwk: JsonObject, times: JsonObject): MakeKey =>
  (kid) => ({ ...jwk, kid, use: 'sig', ...times });

const keySetOf = (make: MakeKey): JsonObject => ({
  keys: [make('a'), make('b')],
  next_signing_key: make('next'),
  next_encryption_key: make('enc'),
  revoked_signing_keys: [make('gone')],
  revoked_encryption_keys: [make('lost')],
});
const treeOf = (make: MakeKey): JsonObject => ({
  name: 'T',
  jwks: keySetOf(make),
  servers: {
    shop: {
      name: 'Shop',
      jwks: keySetOf(make),
      clients: { web: { client_name: 'Web', saml_idp_signing_key: make('saml') } },
    },
  },
});
const of = { tenant_id: 't' };
const dumpOf = (make: MakeKey): JsonObject => ({
  tenant: { id: 't', name: 'T', jwks: keySetOf(make) },
  servers: [{ ...of, id: 'shop', name: 'Shop', jwks: keySetOf(make) }],
  clients: [{ ...of, authorization_server_id: 'shop', client_id: 'web', saml_idp_signing_key: make('saml') }],
});

const NO_KEYS = {
  keys: null,
  next_signing_key: null,
  next_encryption_key: null,
  revoked_signing_keys: null,
  revoked_encryption_keys: null,
};
/** How exports without credentials show key sets. */
const MASKS: Readonly<Record<string, (tree: JsonObject) => JsonObject>> = {
  'keeps the keys': (tree) => tree,
  'blanks the lists': (tree) => masked(tree, () => ({ jwks: NO_KEYS })),
  'has null for the set': (tree) => masked(tree, () => ({ jwks: null })),
  'lacks the set': (tree) => masked(tree, () => ({})),
};
function masked(tree: JsonObject, keys: () => JsonObject): JsonObject {
  const { jwks: _, ...rest } = tree;
  const { shop } = rest['servers'] as { readonly shop: JsonObject };
  const { jwks: __, ...workspace } = shop;
  return { ...rest, ...keys(), servers: { shop: { ...workspace, ...keys() } } };
}

const partOf = (full: JsonObject, mask: JsonObject | null) => {
  const { config, credentials, ...found } =
    mask === null ? dumpParts(bytesOf(full)) : exportParts(bytesOf(full), bytesOf(mask));
  return parseConfigPart(Buffer.concat(writeConfigPart(config, credentials, KEY, found)));
};
const fingerprinted = ({ document, fingerprints }: ReturnType<typeof partOf>) =>
  joinCredentials(document, fingerprints) as JsonObject;

const BEFORE = '2026-01-31T02:00:00Z';
const AFTER = '2026-02-28T02:00:00Z';
const CHANGES: Readonly<Record<string, readonly [before: JsonObject, after: JsonObject]>> = {
  'is promoted': [{}, { promoted_at: AFTER }],
  'is promoted again': [{ promoted_at: BEFORE }, { promoted_at: AFTER }],
  'is rotated': [{ promoted_at: BEFORE }, { promoted_at: BEFORE, rotated_at: AFTER }],
  'is revoked': [{ revoked_at: null }, { revoked_at: AFTER }],
  'loses its time': [{ created_at: BEFORE }, {}],
};

describe.each(Object.entries(CHANGES))('a signing key that %s', (_, [before, after]) => {
  const [older, newer] = [keyOf(mine, before), keyOf(mine, after)];

  it.each(Object.entries(MASKS))('is no changed secret where an export %s', (_, maskOf) => {
    const [one, other] = [older, newer].map((make) => partOf(treeOf(make), maskOf(treeOf(make)))) as [
      ReturnType<typeof partOf>,
      ReturnType<typeof partOf>,
    ];
    expect(one.fingerprints).toEqual(other.fingerprints);
    const plan = planChanges(fingerprinted(one), fingerprinted(other), { mode: 'update' });
    expect(plan).toMatchObject({ isEmpty: true, credentialsDiffering: [] });
    const parts = [one, other].map((part) => new Map([['hub.config' as const, part]]));
    expect(changeBetween(...(parts as [Map<'hub.config', never>, Map<'hub.config', never>]), 'v1')).toEqual(
      expect.objectContaining({ changed: 0, secrets: 0, missing: 0, differences: [] }),
    );
  });

  it('is no changed secret of a dump', () => {
    const [one, other] = [partOf(dumpOf(older), null), partOf(dumpOf(newer), null)];
    expect(one.fingerprints).toEqual(other.fingerprints);
    expect(planDumpChanges(fingerprinted(one), fingerprinted(other), { mode: 'update' }).isEmpty).toBe(true);
  });

  it.each(['carry', 'omit'] as const)('makes no patch that would %s its credentials', (credentials) => {
    const { patch } = patchBetween(treeOf(older), treeOf(newer), { format: 'merge', credentials });
    expect(patch).toEqual({});
  });

  it('leaves the tenant unchanged for the next backup', () => {
    expect(exportDigest('hub', bytesOf(treeOf(newer)), KEY)).toBe(
      exportDigest('hub', bytesOf(treeOf(older)), KEY),
    );
    expect(exportDigest('system', bytesOf(dumpOf(newer)), KEY)).toBe(
      exportDigest('system', bytesOf(dumpOf(older)), KEY),
    );
  });
});

it.each(Object.entries(MASKS))(
  'a replaced signing key is a changed secret where an export %s',
  (_, maskOf) => {
    const [one, other] = [mine, another].map((jwk) => {
      const tree = treeOf(keyOf(jwk, { promoted_at: BEFORE }));
      return partOf(tree, maskOf(tree));
    }) as [ReturnType<typeof partOf>, ReturnType<typeof partOf>];
    expect(one.fingerprints).not.toEqual(other.fingerprints);
    const plan = planChanges(fingerprinted(one), fingerprinted(other), { mode: 'update' });
    expect(plan.isEmpty).toBe(false);
  },
);

it('times outside of keys stay part of a secret', () => {
  const credentials = (time: string) => ({ name: 'T', mfa_methods: { sms: { auth: { created_at: time } } } });
  const [one, other] = [BEFORE, AFTER].map((time) => partOf(credentials(time), credentials('')));
  expect(one?.fingerprints).not.toEqual(other?.fingerprints);
});
