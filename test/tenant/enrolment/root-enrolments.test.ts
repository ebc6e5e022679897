import { describe, expect, it } from 'vitest';
import { TenantBackupError } from '../../../functions/errors.ts';
import type { Enrolments } from '../../../functions/tenant/enrolment/enrolment.client.ts';
import { type Enrolment, issuerOf, parseEnrolment } from '../../../functions/tenant/enrolment/enrolment.ts';
import { withRootTenants } from '../../../functions/tenant/enrolment/root-enrolments.ts';
import { rootTenantName } from '../../../functions/tenant/enrolment/root-tenant-name.ts';
import { rejectionOf } from '../../rejection.ts';

const enrol = (name: string, changes: object): Enrolment =>
  parseEnrolment(
    JSON.stringify({
      issuer: 'https://a.example/base/acme/system',
      clientId: 'c',
      clientSecret: 's',
      ...changes,
    }),
    name,
  );

const known: Record<string, Enrolment> = {
  acme: enrol('acme', {}),
  big: enrol('big', { scope: 'all-tenants', issuer: 'https://a.example/base/system/system' }),
};
let lists = 0;
const get = async (name: string) => {
  const found = known[name];
  if (found === undefined) throw new TenantBackupError('NOT_ENROLLED', name);
  return found;
};
const enrolments = withRootTenants({ get, resolve: get } as Partial<Enrolments> as Enrolments, async () => {
  lists++;
  return ['one', 'Two Three', 'x'.repeat(70)];
});

describe('withRootTenants', () => {
  it('leaves every other enrolment as it is', async () => {
    expect(await enrolments.get('acme')).toBe(known['acme']);
    expect(await enrolments.get('big')).toBe(known['big']);
  });

  it('narrows the enrolment down to a tenant whose name tells its id, without asking anybody', async () => {
    lists = 0;
    const one = await enrolments.get('big--one');
    expect(one).toEqual({ ...known['big'], name: 'big--one', tenantId: 'one' });
    expect(issuerOf(one)).toBe('https://a.example/base/one/system');
    expect(lists).toBe(0);
  });

  it.each(['Two Three', 'x'.repeat(70)])('finds the tenant %s again', async (tenantId) => {
    const found = await enrolments.get(rootTenantName('big', tenantId));
    expect(found.tenantId).toBe(tenantId);
    expect(issuerOf(found)).toBe(`https://a.example/base/${encodeURIComponent(tenantId)}/system`);
  });

  it('says when no tenant has such a name', async () => {
    expect(await rejectionOf(enrolments.get(rootTenantName('big', 'Nobody')))).toMatchObject({
      code: 'TENANT_NOT_FOUND',
    });
  });

  it.each(['acme--one', 'other--one'])('says that %s is not enrolled', async (name) => {
    expect(await rejectionOf(enrolments.get(name))).toMatchObject({ code: 'NOT_ENROLLED' });
  });
});
