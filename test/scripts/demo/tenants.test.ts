import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  AUTOMATION_CLIENT_ID,
  CANARY_MARKER,
  credentialValues,
  demoTenants,
  valuesBesideTree,
} from '../../../scripts/demo/tenants.ts';
import type { Json, JsonObject } from '../../../scripts/sandbox/json.ts';
import { isJsonObject, valuesAt } from '../../../scripts/sandbox/json.ts';
import { dumpOf, importDump } from '../../../scripts/sandbox/state/dump/dump.ts';
import { identityDumpOf, importIdentity } from '../../../scripts/sandbox/state/identity.ts';
import { TENANT } from '../../../scripts/sandbox/state/model.ts';
import { redactTenant } from '../../../scripts/sandbox/state/redact.ts';
import { unknownMembers } from '../../../scripts/sandbox/state/unknown.ts';
import { danglingReferences, wrongKinds } from '../../../scripts/sandbox/state/validate.ts';
import { visitObjects } from '../../../scripts/sandbox/state/walk.ts';

const tenants = demoTenants();
const at = (tree: JsonObject, path: string): Json[] => valuesAt(tree, path.split('.'));

/** Every string below a value, with its path. */
function* strings(value: Json, path: string[] = []): Generator<[string, string]> {
  if (typeof value === 'string') yield [path.join('.'), value];
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) yield* strings(item, [...path, name]);
  }
}

const withoutKeys = (tree: JsonObject): unknown =>
  JSON.parse(
    JSON.stringify(tree, (_name, value) =>
      isJsonObject(value) && 'kty' in value ? { kid: value['kid'], created_at: value['created_at'] } : value,
    ).replaceAll(/-----BEGIN[^"]*/g, ''),
  );

it('there are three, and the same ones every time but for their keys', () => {
  expect(tenants.map(({ id }) => id)).toEqual(['acme', 'globex', 'initech']);
  const again = demoTenants();
  expect(again.map(({ tree }) => withoutKeys(tree))).toEqual(tenants.map(({ tree }) => withoutKeys(tree)));
});

describe.each(tenants)('$id', ({ id, tree, dump, identity }) => {
  it('is whole: every object of the right kind, every reference with a target', () => {
    expect(wrongKinds(tree)).toEqual([]);
    expect(danglingReferences(tree, {})).toEqual([]);
    expect(unknownMembers(tree, {})).toEqual([]);
  });

  it('has what no tree shows, marked where it is secret, and all of it goes into the sandbox', () => {
    expect(Object.keys(dump)).toEqual(expect.arrayContaining(['acrs', 'roles', 'secrets', 'vanity_domains']));
    expect(Object.keys(identity)).toEqual(expect.arrayContaining(['users', 'user_credentials', 'codes']));
    for (const document of [dump, identity] as unknown as JsonObject[]) {
      const marked = [...strings(document)]
        .map(([, value]) => value)
        .filter((value) => value.includes(CANARY_MARKER));
      expect(new Set(valuesBesideTree(document))).toEqual(new Set(marked));
      expect(marked.every((value) => value.includes(`${CANARY_MARKER}${id}-`))).toBe(true);
    }
    const state = { tree, beside: dump, identity: {}, ids: new Map() };
    const options = { mode: 'update', complete: true, at: new Date(0) } as const;
    expect(importDump(id, state, dumpOf(id, state, { root: true, withData: true }), options)).toMatchObject({
      kind: 'done',
      change: { beside: dump },
    });
    const withPeople = { ...state, identity };
    const people = { mode: 'update', complete: true, usersPerImport: 0, at: new Date(0) } as const;
    expect(importIdentity(id, withPeople, identityDumpOf(id, withPeople), people)).toMatchObject({
      kind: 'done',
      change: { identity },
    });
  });

  it('is of a realistic size', () => {
    const kinds = [...visitObjects(TENANT, tree)].map(({ kind }) => kind.name);
    expect(kinds.length).toBeGreaterThan(100);
    expect(kinds.filter((kind) => kind === 'client').length).toBeGreaterThan(20);
    expect(new Set(kinds).size).toBeGreaterThan(24);
  });

  it('holds the objects that the demonstration names', () => {
    for (const path of [
      'servers.system.clients.tenant-backup',
      'servers.customers.clients.portal',
      'servers.customers.idps.google',
      'servers.customers.policies.mfa_customers_user',
      'servers.customers.webhooks.audit-trail',
      'servers.workforce.idps.entra-id',
      'servers.partners.clients.partner-portal',
    ]) {
      expect(at(tree, path), path).toHaveLength(1);
    }
    expect(AUTOMATION_CLIENT_ID).toBe('tenant-backup');
  });

  it('marks every credential that is a string, and nothing else', () => {
    const marked = [...strings(tree)]
      .filter(([, value]) => value.includes(CANARY_MARKER))
      .map(([, value]) => value);
    const values = credentialValues(tree);
    const unmarked = values.filter((value) => !value.includes(`${CANARY_MARKER}${id}-`));
    const privateMembers = new Set(
      [...strings(tree)].filter(([path]) => /jwks.*\.(d|p|q|dp|dq|qi)$/.test(path)).map(([, value]) => value),
    );
    expect(new Set(values)).toEqual(new Set([...marked, ...privateMembers]));
    expect(unmarked.every((value) => privateMembers.has(value))).toBe(true);
    expect(new Set(marked).size).toBe(marked.length);
  });

  it('has client secrets of at least 32 characters', () => {
    const secrets = [...strings(tree)].filter(
      ([path, value]) => path.endsWith('.client_secret') && value !== '',
    );
    expect(secrets.length).toBeGreaterThan(10);
    for (const [path, value] of secrets) expect(value.length, path).toBeGreaterThanOrEqual(32);
  });

  it('has keys that work', () => {
    for (const key of [...at(tree, 'jwks.keys.*'), ...at(tree, 'servers.*.jwks.keys.*')]) {
      expect(createPrivateKey({ key: key as never, format: 'jwk' }).type).toBe('private');
    }
    const pems = [
      ...at(tree, 'servers.*.idps.*.credentials.saml_v2.signing_key'),
      ...at(tree, 'servers.*.idps.*.credentials.oidc.private_key_jwt.key'),
    ];
    expect(pems.map((pem) => createPrivateKey(String(pem)).asymmetricKeyType)).toEqual(['ec', 'ec']);
  });

  it('has no credential left once it is redacted', () => {
    expect([...strings(redactTenant(tree))].filter(([, value]) => value.includes(CANARY_MARKER))).toEqual([]);
  });
});

describe('credentialValues', () => {
  it('finds values wherever the tree of a tenant may hold them', () => {
    const tree: JsonObject = {
      jwks: {
        keys: [{ d: '1', x: 'public' }],
        next_signing_key: { p: '2' },
        revoked_encryption_keys: [{ k: '3' }],
      },
      mfa_methods: { a: { auth: { arculix: { client_id: 'public', client_secret: '4' } } } },
      phone_provider_config: {
        providers: [{ vonage: { api_secret: '5' } }, { telesign: { anything: '6' } }],
      },
      servers: {
        w: {
          rotated_secrets: ['7', '7'],
          clients: {
            c: {
              hashed_secret: '8',
              registration_token: { signature: '9' },
              saml_idp_signing_key: { d: '10' },
            },
          },
          idps: {
            i: {
              credentials: { custom: { token: '11' }, okta: { supervisor_client: { private_key: '12' } } },
              client: { client_secret: '13' },
            },
          },
        },
      },
    };
    const found = credentialValues(tree)
      .map(Number)
      .sort((a, b) => a - b);
    expect(found).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  });

  it('leaves out what is blank', () => {
    expect(credentialValues({ jwks: null, servers: { w: { secret: '', rotated_secrets: [''] } } })).toEqual(
      [],
    );
  });
});
