import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TIERS } from '../../../functions/runtime/names.ts';
import { isTenantName, parseVaultKey, vaultKey } from '../../../functions/vault/format/layout.ts';
import { rejectionOf } from '../../rejection.ts';

const tenantName = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);

describe('a key of the vault', () => {
  it('is parsed to what it was made of', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TIERS), tenantName, (tier, tenant) => {
        expect(parseVaultKey(vaultKey(tier, tenant))).toEqual({ tier, tenant });
      }),
    );
  });

  it('is made by nothing but its parts', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z]+\/[a-zA-Z0-9./-]+(\.tar)?$/)), (key) => {
        const parsed = parseVaultKey(key);
        if (parsed) expect(vaultKey(parsed.tier, parsed.tenant)).toBe(key);
      }),
    );
  });

  it.each([
    'daily/acme.tar.old',
    'daily/acme',
    'hourly/acme.tar',
    'daily/a/b.tar',
    'daily/.tar',
    'DAILY/acme.tar',
    '',
  ])('is not %j', (key) => expect(parseVaultKey(key)).toBeNull());

  it.each(['', 'Acme', 'a_b', '-a', 'a-', 'a/b', '../a', 'a'.repeat(64), 'ä', 'a.b'])(
    'is not made for a tenant called %j',
    async (tenant) => {
      expect(isTenantName(tenant)).toBe(false);
      expect(await rejectionOf(() => vaultKey('daily', tenant))).toMatchObject({ code: 'INVALID_REQUEST' });
    },
  );

  it('takes names of 1 to 63 characters', () => {
    expect(['a', 'a'.repeat(63), '0-9'].every(isTenantName)).toBe(true);
  });
});
