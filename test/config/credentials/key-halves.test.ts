/** A private key that does not belong to its public half is hidden, whatever its text looks like. */
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planChanges } from '../../../functions/config/change/change-set.ts';
import { planDumpChanges } from '../../../functions/config/change/dump-change-set.ts';
import { joinCredentials } from '../../../functions/config/credentials/credentials.ts';
import { fingerprintCredentials } from '../../../functions/config/credentials/fingerprints.ts';
import { hasForeignHalf } from '../../../functions/config/credentials/key-halves.ts';
import { dumpParts } from '../../../functions/config/export/dump-parts.ts';
import { exportParts } from '../../../functions/config/export/export-parts.ts';
import { parseConfigPart, writeConfigPart } from '../../../functions/config/export/parts.ts';
import type { Json, JsonObject } from '../../../functions/config/json/json.ts';
import { assessBlanks } from '../../../functions/state/assess-blanks.ts';
import { demoTenants } from '../../../scripts/demo/tenants.ts';

type Jwk = JsonWebKey & JsonObject;
const jwkOf = (pair: { privateKey: { export(options: { format: 'jwk' }): JsonWebKey } }) =>
  pair.privateKey.export({ format: 'jwk' }) as Jwk;

const MAKERS = {
  'RSA 2048': () => jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 })),
  'RSA 1024': () => jwkOf(generateKeyPairSync('rsa', { modulusLength: 1024 })),
  'P-256': () => jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  'P-384': () => jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-384' })),
  'P-521': () => jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-521' })),
  secp256k1: () => jwkOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' })),
  Ed25519: () => jwkOf(generateKeyPairSync('ed25519')),
  X25519: () => jwkOf(generateKeyPairSync('x25519')),
  Ed448: () => jwkOf(generateKeyPairSync('ed448')),
  X448: () => jwkOf(generateKeyPairSync('x448')),
};
const KINDS = Object.keys(MAKERS) as (keyof typeof MAKERS)[];
const keys = Object.fromEntries(KINDS.map((kind) => [kind, [MAKERS[kind](), MAKERS[kind]()]])) as Record<
  keyof typeof MAKERS,
  [Jwk, Jwk]
>;
const PUBLIC: ReadonlySet<string> = new Set(['kty', 'crv', 'n', 'e', 'x', 'y', 'kid']);
const isPrivate = (name: string): boolean => !PUBLIC.has(name);

describe('hasForeignHalf', () => {
  it.each(KINDS)('accepts a key of %s, whole, public, or with blanks', (kind) => {
    const [key] = keys[kind];
    const changed = (change: (value: Json) => Json | undefined) =>
      Object.fromEntries(
        Object.entries<Json>(key).flatMap(([name, value]) => {
          const other = isPrivate(name) ? change(value) : value;
          return other === undefined ? [] : [[name, other]];
        }),
      );
    for (const same of [key, changed(() => undefined), changed(() => ''), changed(() => null)]) {
      expect(hasForeignHalf(same)).toBe(false);
    }
  });

  it.each(KINDS)('refuses a key of %s with any private member of another', (kind) => {
    const [key, other] = keys[kind];
    for (const name of Object.keys(key).filter(isPrivate)) {
      expect(hasForeignHalf({ ...key, [name]: other[name] as Json }), name).toBe(true);
      expect(hasForeignHalf({ ...key, [name]: 'hidden by a proxy' }), name).toBe(true);
      expect(hasForeignHalf({ ...key, [name]: 'A' }), name).toBe(true);
      expect(hasForeignHalf({ ...key, [name]: 'x'.repeat(100_000) }), name).toBe(true);
    }
  });

  it('refuses the private half of another kind of key', () => {
    for (const [one, other] of [
      ['RSA 2048', 'RSA 1024'],
      ['P-256', 'secp256k1'],
      ['Ed25519', 'X25519'],
    ] as const) {
      const half = Object.fromEntries(Object.entries(keys[other][0]).filter(([name]) => isPrivate(name)));
      expect(hasForeignHalf({ ...keys[one][0], ...half })).toBe(true);
    }
  });

  it.each<[string, JsonObject]>([
    ['has no real modulus', { kty: 'RSA', n: 'n', e: 'AQAB', d: 'd', p: 'p' }],
    ['has an even modulus', { kty: 'RSA', n: `${'x'.repeat(341)}A`, e: 'AQAB', d: 'd', p: 'p' }],
    ['has a huge modulus', { kty: 'RSA', n: 'x'.repeat(1_000_000), e: 'AQAB', d: 'd', p: 'p' }],
    ['has no exponent', { kty: 'RSA', n: 'x'.repeat(342), d: 'd' }],
    ['is no point', { kty: 'EC', crv: 'P-256', x: 'x'.repeat(43), y: 'y'.repeat(43), d: 'd' }],
    ['has short coordinates', { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }],
    ['lies on an unknown curve', { kty: 'EC', crv: 'constructor', x: 'x', y: 'y', d: 'd' }],
    ['has no coordinates', { kty: 'OKP', crv: 'Ed25519', d: 'd' }],
    ['is of an unknown type', { kty: '__proto__', n: 'x', d: 'd' }],
    ['has no public half', { kty: 'oct', k: 'k' }],
    ['has numbers for texts', { kty: 'RSA', n: 1, e: 2, d: 3 }],
  ])('says nothing of a key that %s', (_, key) => {
    expect(hasForeignHalf(key)).toBe(false);
  });
});

const [good, other] = keys['P-256'];
const mixed: JsonObject = { ...good, kid: 'k', d: other.d as string };
const whole: JsonObject = { ...good, kid: 'k' };

const treeOf = (place: keyof typeof PLACES, key: JsonObject): JsonObject => {
  const sets = { tenant: { keys: [whole] }, shop: { keys: [whole] } } as Record<string, JsonObject>;
  const client = { client_name: 'C', token_endpoint_auth_method: 'none' } as Record<string, Json>;
  PLACES[place](sets, client, key);
  return {
    name: 'T',
    jwks: sets['tenant'] as JsonObject,
    servers: {
      shop: {
        name: 'Shop',
        secret: 'workspace-secret',
        jwks: sets['shop'] as JsonObject,
        clients: { c: client },
      },
    },
  };
};
const PLACES = {
  '/jwks/keys/0': (sets: Record<string, JsonObject>, _: unknown, key: JsonObject) => {
    sets['tenant'] = { keys: [key] };
  },
  '/servers/shop/jwks/keys/0': (sets: Record<string, JsonObject>, _: unknown, key: JsonObject) => {
    sets['shop'] = { keys: [key] };
  },
  '/servers/shop/jwks/next_signing_key': (sets: Record<string, JsonObject>, _: unknown, key: JsonObject) => {
    sets['shop'] = { keys: [whole], next_signing_key: key };
  },
  '/servers/shop/jwks/revoked_signing_keys/0': (
    sets: Record<string, JsonObject>,
    _: unknown,
    key: JsonObject,
  ) => {
    sets['shop'] = { keys: [whole], revoked_signing_keys: [key] };
  },
  '/servers/shop/clients/c/jwks/keys/0': (_: unknown, client: Record<string, Json>, key: JsonObject) => {
    client['jwks'] = { keys: [key] };
  },
  '/servers/shop/clients/c/saml_idp_signing_key': (
    _: unknown,
    client: Record<string, Json>,
    key: JsonObject,
  ) => {
    client['saml_idp_signing_key'] = key;
  },
};
const places = Object.keys(PLACES) as (keyof typeof PLACES)[];

const bytesOf = (value: Json) => Buffer.from(JSON.stringify(value));
/** As SecureAuth hides keys: all of a set, the private members, or nothing. */
const MASKS: Readonly<Record<string, (tree: JsonObject) => Json>> = {
  'hides the set': (tree) =>
    JSON.parse(
      JSON.stringify(tree, (name, value) =>
        name === 'jwks' || name === 'saml_idp_signing_key' ? null : value,
      ),
    ),
  'hides the private half': (tree) =>
    JSON.parse(JSON.stringify(tree, (name, value) => (name === 'd' ? '' : value))),
  'hides nothing': (tree) => tree,
};

describe('a key of which the export shows another private half', () => {
  it.each(places.flatMap((place) => Object.keys(MASKS).map((mask) => [place, mask] as const)))(
    'at %s, where the export without credentials %s, is found and not backed up as a secret',
    (place, mask) => {
      const tree = treeOf(place, mixed);
      const masked = MASKS[mask] as (tree: JsonObject) => Json;
      const { blanks, config, credentials, hidden } = exportParts(bytesOf(tree), bytesOf(masked(tree)));
      expect(blanks.map(({ pointer }) => pointer.startsWith(place))).toEqual([true]);
      expect(() => assessBlanks(blanks, 'refuse')).toThrow(/blank or hidden/);
      const part = Buffer.concat(writeConfigPart(config, credentials, Buffer.alloc(32), { hidden }));
      const { fingerprints } = parseConfigPart(part);
      const sealed = Object.keys(credentials).filter((at) => at.startsWith(place) || place.startsWith(at));
      expect(sealed.length).toBeGreaterThan(0);
      for (const pointer of sealed) expect(fingerprints).not.toHaveProperty([pointer]);
      const real = treeOf(place, whole);
      expect(exportParts(bytesOf(real), bytesOf(masked(real))).blanks).toEqual([]);
    },
  );

  it.each(places)('at %s never overwrites the real one, and makes no object', (place) => {
    const desired = treeOf(place, mixed);
    const options = { mode: 'update', credentials: 'restore' } as const;
    const { document, warnings } = planChanges(desired, treeOf(place, whole), options);
    expect(document).toBeNull();
    expect(warnings.map(({ code }) => code)).toEqual(['CREDENTIALS_FILLED']);
    const made = planChanges(desired, { name: 'T', jwks: { keys: [whole] }, servers: {} }, options);
    expect(JSON.stringify(made.document)).not.toContain(`"d":"${other.d}"`);
    const isOfWorkspace = place === '/servers/shop/jwks/keys/0';
    expect(made.generatedCredentials.includes('/servers/shop/jwks')).toBe(isOfWorkspace);
  });

  it('in a dump is found', () => {
    const dump = (key: JsonObject) => ({ servers: [{ id: 'shop', jwks: { keys: [whole, key] } }] });
    const [found, ...others] = dumpParts(bytesOf(dump(mixed))).blanks;
    expect([found?.type, found?.pointer, others]).toEqual(['workspace_secret', '/servers/0/jwks/keys/1', []]);
    expect(dumpParts(bytesOf(dump(whole))).blanks).toEqual([]);
  });

  it('is none in a plan, where a fingerprint stands for each private member', () => {
    const told = (key: JsonObject) => {
      const dump = { servers: [{ id: 'shop', name: 'Shop', secret: 's', jwks: { keys: [key] } }] };
      const { credentials, placeOf } = dumpParts(bytesOf(dump));
      return joinCredentials(dump, fingerprintCredentials(credentials, Buffer.alloc(32), placeOf));
    };
    const [before, now] = [told(whole), told({ ...other, kid: 'k' })];
    expect(planDumpChanges(before, now, { mode: 'update' })).toMatchObject({
      filled: [],
      counts: { updated: 1 },
    });
    const inTree = (dump: JsonObject): JsonObject => ({
      name: 'T',
      servers: { shop: (dump['servers'] as JsonObject[])[0] as JsonObject },
    });
    const { warnings, credentialsDiffering } = planChanges(inTree(before), inTree(now), { mode: 'update' });
    expect(warnings.map(({ code }) => code)).not.toContain('CREDENTIALS_FILLED');
    expect(credentialsDiffering).toEqual(['/servers/shop/jwks']);
  });

  it("in the customer's own texts is the customer's affair", () => {
    const tree = { ...treeOf('/jwks/keys/0', whole), metadata: { key: mixed } };
    expect(exportParts(bytesOf(tree), bytesOf(tree)).blanks).toEqual([]);
  });

  it.each(demoTenants())('is not found in $id', ({ tree }) => {
    expect(exportParts(bytesOf(tree as JsonObject), bytesOf(tree as JsonObject)).blanks).toEqual([]);
  });
});
