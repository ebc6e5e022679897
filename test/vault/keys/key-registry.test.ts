import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEY_PURPOSES } from '../../../functions/runtime/names.ts';
import {
  backupKeysOf,
  isKeyLabel,
  keyName,
  parseKeyName,
  sealingKeysOf,
  trustedKeysOf,
} from '../../../functions/vault/keys/key-registry.ts';
import { failureOf } from '../../config/failure.ts';

const PLACE = 'arn:aws:kms:eu-central-1:111122223333';
const defaults = {
  configuration: `${PLACE}:alias/TenantBackup/configuration`,
  credentials: `${PLACE}:alias/TenantBackup/credentials`,
};
const alias = (name: string, keyId: string) => ({ aliasArn: `${PLACE}:alias/TenantBackup/${name}`, keyId });
const key = (id: string): string => `${PLACE}:key/${id}`;

const registry = backupKeysOf(
  [
    alias('credentials/first', 'c1'),
    alias('credentials', 'c2'),
    alias('credentials/second', 'c2'),
    alias('credentials/tenants/acme/own', 'c3'),
    alias('configuration', 'k1'),
    alias('configuration/first', 'k1'),
    alias('configuration/also', 'k1'),
    alias('configuration/tenants/globex/own', 'k2'),
    // No backup keys:
    alias('fingerprint', 'h1'),
    alias('credentials-old/first', 'x1'),
    alias('credentials/', 'x2'),
    alias('credentials/Capital', 'x3'),
    alias('credentials/tenants', 'x4'),
    alias('credentials/tenants/acme', 'x5'),
    alias('credentials/tenants/acme/own/further', 'x6'),
    alias('credentials/one/two', 'x7'),
    { aliasArn: `${PLACE}:alias/Other/credentials/first`, keyId: 'x8' },
    { aliasArn: 'arn:aws:kms:eu-west-1:111122223333:alias/TenantBackup/credentials/first', keyId: 'x9' },
  ],
  defaults,
);

describe('backupKeysOf', () => {
  test('reads purpose, labels, tenant and default off the aliases, and takes no other alias for one', () => {
    expect(registry).toEqual([
      {
        purpose: 'configuration',
        keyArn: key('k1'),
        labels: ['also', 'first'],
        tenant: null,
        isDefault: true,
      },
      { purpose: 'configuration', keyArn: key('k2'), labels: ['own'], tenant: 'globex', isDefault: false },
      { purpose: 'credentials', keyArn: key('c1'), labels: ['first'], tenant: null, isDefault: false },
      { purpose: 'credentials', keyArn: key('c2'), labels: ['second'], tenant: null, isDefault: true },
      { purpose: 'credentials', keyArn: key('c3'), labels: ['own'], tenant: 'acme', isDefault: false },
    ]);
  });

  test('counts a key that the default alias alone names', () => {
    expect(backupKeysOf([alias('credentials', 'c9')], defaults)).toEqual([
      { purpose: 'credentials', keyArn: key('c9'), labels: [], tenant: null, isDefault: true },
    ]);
  });
});

describe('trustedKeysOf', () => {
  test('trusts shared keys, whichever is the default, and the tenant’s own', () => {
    expect(trustedKeysOf(registry, 'acme')).toEqual({
      configuration: [key('k1')],
      credentials: [key('c1'), key('c2'), key('c3')],
    });
    expect(trustedKeysOf(registry, 'globex')).toEqual({
      configuration: [key('k1'), key('k2')],
      credentials: [key('c1'), key('c2')],
    });
  });

  test('trusts a key that the enrolment names, for its purpose alone', () => {
    const trusted = trustedKeysOf(registry, 'initech', { credentials: key('e1') });
    expect(trusted.credentials).toContain(key('e1'));
    expect(trusted.configuration).not.toContain(key('e1'));
  });

  test('never trusts a key of one purpose for the other, nor of one tenant for another', () => {
    for (const tenant of ['acme', 'globex', 'initech']) {
      const trusted = trustedKeysOf(registry, tenant);
      for (const purpose of KEY_PURPOSES) {
        for (const keyArn of trusted[purpose]) {
          const owners = registry.filter((each) => each.keyArn === keyArn);
          expect(owners.every((each) => each.purpose === purpose)).toBe(true);
          expect(owners.some((each) => each.tenant === null || each.tenant === tenant)).toBe(true);
        }
      }
    }
  });
});

describe('sealingKeysOf', () => {
  test('are the default ones, but where the enrolment names another', () => {
    const defaults = sealingKeysOf(registry);
    expect(registry.filter(({ isDefault }) => isDefault).map(({ keyArn }) => keyArn)).toEqual([
      defaults.configuration,
      defaults.credentials,
    ]);
    expect(sealingKeysOf(registry, { credentials: key('e1') })).toEqual({
      ...defaults,
      credentials: key('e1'),
    });
    expect(sealingKeysOf([], { configuration: key('e1'), credentials: key('e2') })).toEqual({
      configuration: key('e1'),
      credentials: key('e2'),
    });
  });

  test('cannot be told where no key is the default', () => {
    expect(failureOf(() => sealingKeysOf([], { configuration: key('e1') }))).toMatchObject({
      code: 'KEY_UNKNOWN',
      facts: { purpose: 'credentials' },
    });
  });
});

describe('parseKeyName', () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/).filter((text) => isKeyLabel(text));

  test('gives back what keyName was made of', () => {
    fc.assert(
      fc.property(label, fc.option(label), (name, tenant) => {
        expect(parseKeyName(keyName(name, tenant))).toEqual({ label: name, tenant });
      }),
    );
  });

  test('accepts nothing that keyName does not make', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const parsed = parseKeyName(name);
        if (parsed) expect(keyName(parsed.label, parsed.tenant)).toBe(name);
      }),
    );
  });
});
