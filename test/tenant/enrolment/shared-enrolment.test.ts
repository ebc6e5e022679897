import { describe, expect, test } from 'vitest';
import { TenantBackupError } from '../../../functions/errors.ts';
import { parseEnrolment } from '../../../functions/tenant/enrolment/enrolment.ts';
import {
  enrolmentOfShared,
  parseSharedEnrolment,
  type SharedEnrolment,
  tenantsOfShared,
} from '../../../functions/tenant/enrolment/shared-enrolment.ts';

const CANARY = 'canary-shared-0001-of-at-least-32-characters';
const entry = (id: string, changes: object = {}) => ({
  issuer: `https://eu.example.test/${id}/system`,
  clientId: 'tenant-backup',
  clientSecret: CANARY,
  ...changes,
});

function shared(tenants: object, name = 'fleet'): SharedEnrolment {
  const parsed = parseSharedEnrolment({ tenants }, name);
  if (parsed === null) throw new Error('the secret is shared');
  return parsed;
}

function failureOf(run: () => unknown): TenantBackupError {
  try {
    run();
  } catch (error) {
    if (error instanceof TenantBackupError) return error;
  }
  throw new Error('it should have been refused');
}

describe('a secret that many tenants share', () => {
  test('is told from that of one tenant by its member "tenants"', () => {
    expect(parseSharedEnrolment(entry('acme'), 'acme')).toBeNull();
    expect(parseSharedEnrolment('text', 'acme')).toBeNull();
    expect(parseSharedEnrolment(null, 'acme')).toBeNull();
  });

  test('names each of its tenants after itself', () => {
    expect(tenantsOfShared(shared({ acme: entry('acme'), globex: entry('globex') }))).toEqual([
      'fleet--acme',
      'fleet--globex',
    ]);
  });

  test('has each entry as an enrolment would be in a secret of its own', () => {
    const found = enrolmentOfShared(shared({ acme: entry('acme', { parts: ['system'] }) }), 'acme');
    const alone = parseEnrolment(JSON.stringify(entry('acme', { parts: ['system'] })), 'fleet--acme');
    expect(found).toEqual(alone);
  });

  test('serves its good entries where another one is wrong', () => {
    const fleet = shared({ acme: entry('acme'), globex: { issuer: 7 } });
    expect(enrolmentOfShared(fleet, 'acme').tenantId).toBe('acme');
    expect(failureOf(() => enrolmentOfShared(fleet, 'globex'))).toMatchObject({
      code: 'INVALID_ENROLMENT',
      facts: { tenant: 'fleet--globex' },
    });
  });

  test('says which tenant it does not have', () => {
    const failure = failureOf(() => enrolmentOfShared(shared({ acme: entry('acme') }), 'umbrella'));
    expect(failure).toMatchObject({
      code: 'NOT_ENROLLED',
      message: 'tenant "fleet--umbrella" is not enrolled: enrolment "fleet" has no tenants.umbrella',
    });
  });

  test.each<[what: string, tenants: object, message: string]>([
    ['no tenant', {}, 'at least 1 tenant'],
    ['a name with capital letters', { Acme: entry('acme') }, 'Acme'],
    ['a name with two hyphens together', { 'ac--me': entry('acme') }, 'ac--me'],
    ['a name that ends with a hyphen', { 'acme-': entry('acme') }, 'acme-'],
    ['a name that leaves no room', { ['a'.repeat(60)]: entry('acme') }, 'at most 63 characters'],
  ])('is refused with %s', (_what, tenants, message) => {
    const failure = failureOf(() => shared(tenants));
    expect(failure.code).toBe('INVALID_ENROLMENT');
    expect(failure.message).toContain(message);
    expect(failure.message).not.toContain(CANARY);
  });

  test('is refused with any other member beside its tenants', () => {
    const failure = failureOf(() => parseSharedEnrolment({ tenants: {}, clientSecret: CANARY }, 'fleet'));
    expect(failure.code).toBe('INVALID_ENROLMENT');
    expect(failure.message).not.toContain(CANARY);
  });

  test('holds no enrolment of all tenants', () => {
    const all = entry('system', { scope: 'all-tenants' });
    expect(failureOf(() => enrolmentOfShared(shared({ all }), 'all')).message).toContain('tenants.all.scope');
  });
});
