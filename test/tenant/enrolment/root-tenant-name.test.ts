import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRootTenantName, rootTenantName } from '../../../functions/tenant/enrolment/root-tenant-name.ts';
import { isTenantName } from '../../../functions/vault/format/layout.ts';

const enrolment = fc.stringMatching(/^[a-z0-9](?:[a-z0-9]|-[a-z0-9]){0,17}$/);
const id = fc.oneof(
  fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,70}[a-z0-9])?$/),
  fc.string({ minLength: 1, maxLength: 80 }),
  fc.constantFrom(
    'Acme',
    'acme',
    'ACME',
    'acme.eu',
    'acme_eu',
    'acme-eu',
    'acme--eu',
    '-',
    '--',
    '日本',
    'x'.repeat(300),
  ),
);

describe('rootTenantName', () => {
  it('makes a name that the vault takes, of any id', () => {
    fc.assert(
      fc.property(enrolment, id, (name, tenantId) => {
        expect(isTenantName(rootTenantName(name, tenantId))).toBe(true);
      }),
    );
  });

  it('gives no two tenants one name', () => {
    fc.assert(
      fc.property(fc.tuple(enrolment, id), fc.tuple(enrolment, id), (a, b) => {
        fc.pre(a[0] !== b[0] || a[1] !== b[1]);
        expect(rootTenantName(...a)).not.toBe(rootTenantName(...b));
      }),
      { numRuns: 1000 },
    );
  });

  it('leads back to the enrolment, and to an id that was taken as it is', () => {
    let plain = 0;
    fc.assert(
      fc.property(enrolment, id, (name, tenantId) => {
        const parsed = parseRootTenantName(rootTenantName(name, tenantId));
        expect(parsed?.enrolment).toBe(name);
        if (parsed?.tenantId === undefined) return;
        expect(parsed.tenantId).toBe(tenantId);
        plain++;
      }),
    );
    expect(plain).toBeGreaterThan(10);
  });

  it.each([
    ['acme', 'big--acme'],
    ['acme-eu', 'big--acme-eu'],
    ['Acme EU', 'big--acme-eu--0f3c2f37610953b47e17'],
    ['acme--eu', /^big--acme-eu--[0-9a-f]{20}$/],
    ['日本', /^big--t--[0-9a-f]{20}$/],
    ['x'.repeat(60), /^big--x{36}--[0-9a-f]{20}$/],
  ])('calls %s %s', (tenantId, expected) => {
    expect(rootTenantName('big', tenantId)).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    );
  });

  it.each(['a'.repeat(39), 'a--b'])('refuses the enrolment %s, whose name leaves no room', (name) => {
    expect(() => rootTenantName(name, 'acme')).toThrow(/at most 38 characters without "--"/);
  });
});

describe('parseRootTenantName', () => {
  it('takes a name without the separator for an enrolment itself', () => {
    expect(parseRootTenantName('acme-eu')).toBeNull();
  });
});
