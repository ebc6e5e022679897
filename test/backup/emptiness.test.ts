import { describe, expect, test } from 'vitest';
import { backUpTenant } from '../../functions/backup/backup.ts';
import { takeSafetyBackup } from '../../functions/backup/take-safety-backup.ts';
import type { TenantPart } from '../../functions/tenant/enrolment/enrolment-schema.ts';
import { rejectionOf } from '../rejection.ts';
import { memoryTenant } from './memory-tenant.ts';

/** A tenant that lost everything: the disaster that a restore is made for. */

const request = { tenant: 'acme', tier: 'daily', scheduledTime: '2026-01-31T02:00:00Z' } as const;

const EMPTY: readonly [TenantPart, unknown][] = [
  ['hub', { name: 'Acme', servers: {} }],
  ['hub', { name: 'Acme', servers: null, pools: {} }],
  ['hub', { themes: {}, schemas: {} }],
  ['system', { tenant: { id: 'acme' } }],
  ['system', { tenant: { id: 'acme' }, servers: null, clients: null }],
  ['system', { servers: [], clients: [] }],
  ['identity', {}],
  ['identity', { pools: null, users: null }],
  ['identity', { pools: [], users: [], user_credentials: [] }],
];

describe('an empty part', () => {
  test.each(EMPTY)('is stored with the others, and counted: %s as %j', async (part, exported) => {
    const { live, tools, enrolment, vault } = memoryTenant();
    live[part] = exported;
    expect(await backUpTenant(request, enrolment, tools)).toMatchObject({
      outcome: 'stored',
      warnings: { [`empty_${part}`]: 1 },
    });
    expect(await vault.findScheduled('daily', 'acme', request.scheduledTime)).not.toBeNull();
  });

  test.each(EMPTY)('keeps no restore from its safety backup: %s as %j', async (part, exported) => {
    const { live, tools, enrolment, apis } = memoryTenant();
    live[part] = exported;
    const target = { tenant: 'acme', scheduledTime: request.scheduledTime, enrolment, apis };
    const { states, missing, manifest } = await takeSafetyBackup(target, new Set([part]), tools);
    expect(missing).toEqual([]);
    expect(states.get(part)).toEqual(exported);
    expect(manifest.warnings).toMatchObject({ [`empty_${part}`]: 1 });
  });

  test('is no warning where the tenant has workspaces, or pools without people', async () => {
    const { live, tools, enrolment } = memoryTenant();
    live.identity = { pools: [{ id: 'people', tenant_id: 'acme' }], users: [] };
    const { warnings = {} } = (await backUpTenant(request, enrolment, tools)) as {
      warnings?: Record<string, number>;
    };
    expect(Object.keys(warnings).filter((name) => name.startsWith('empty_'))).toEqual([]);
  });
});

const NONE: readonly [TenantPart, string, unknown][] = [
  ['hub', 'an object without members', {}],
  ['hub', 'cut', '{"servers": {'],
  ['hub', 'an error', { error: 'not_found' }],
  ['system', 'an object without members', {}],
  ['system', 'cut', '{"tenant": {"id": "acme"}, "servers": ['],
  ['system', 'an error', { error: 'not_found', tenant_id: 'acme' }],
  ['system', 'a tree', { name: 'Acme', servers: {} }],
  ['system', 'an identity dump', { pools: [], users: [] }],
  ['system', 'without its tenant', { tenant: null }],
  ['identity', 'a page', '<html></html>'],
  ['identity', 'an error', { error: 'not_found' }],
  ['identity', 'a tree', { pools: {}, schemas: {} }],
];

describe('a document that is no export of the part', () => {
  test.each(NONE)('%s: %s: is no backup, and no safety backup', async (part, _, exported) => {
    const { live, tools, enrolment, apis, vault } = memoryTenant();
    live[part] = exported;
    const failed = { code: expect.stringMatching(/^EXPORT_(MALFORMED|INCOMPLETE)$/) };
    expect(await rejectionOf(backUpTenant(request, enrolment, tools))).toMatchObject(failed);
    expect(await vault.findScheduled('daily', 'acme', request.scheduledTime)).toBeNull();
    const target = { tenant: 'acme', scheduledTime: request.scheduledTime, enrolment, apis };
    expect(await rejectionOf(takeSafetyBackup(target, new Set([part]), tools))).toMatchObject(failed);
    expect(await vault.listVersions('safety', 'acme')).toEqual([]);
  });
});
