import { expect, test } from 'vitest';
import { type Json, parseJson, stringifyJson } from '../../functions/config/json/json.ts';
import { exportState, exportSystem, parseState } from '../../functions/state/export-state.ts';
import type { Tenant } from '../../functions/tenant/api/tenant.client.ts';
import type { TenantPart } from '../../functions/tenant/enrolment/enrolment-schema.ts';
import { rejectionOf } from '../rejection.ts';

const SYSTEM = '{"tenant":{"id":"acme"},"servers":[{"id":"main"},{"id":"other"}],"clients":[]}';

const EXPORTS: Readonly<Record<TenantPart, string>> = {
  hub: '{"name":"Acme","servers":{"main":{}}}',
  system: SYSTEM,
  identity: '{"pools":[]}',
};

const apis = {
  hub: {
    exportTree: async ({ withCredentials }: { withCredentials: boolean }) => of(withCredentials && 'hub'),
  },
  system: { exportDump: async ({ withData }: { withData: boolean }) => of(!withData && 'system') },
  identity: { exportDump: async () => of('identity') },
} as unknown as Tenant;

const of = (part: TenantPart | false): Buffer => Buffer.from(part ? EXPORTS[part] : '');

test.each(['hub', 'system', 'identity'] as const)(
  'exports the part %s, credentials included',
  async (part) => {
    expect(await exportState(part, apis)).toEqual(parseJson(EXPORTS[part]));
  },
);

test.each<[part: TenantPart, exported: string, code: string]>([
  ['hub', SYSTEM, 'EXPORT_MALFORMED'],
  ['hub', '{"name":"Acme","servers":{"main":{}', 'EXPORT_INCOMPLETE'],
  ['system', '[]', 'EXPORT_MALFORMED'],
  ['system', '{"servers":{"main":{}}}', 'EXPORT_MALFORMED'],
  ['system', SYSTEM.slice(0, -1), 'EXPORT_INCOMPLETE'],
  ['identity', '{"error":"denied"}', 'EXPORT_MALFORMED'],
  ['identity', '{"pools":[', 'EXPORT_INCOMPLETE'],
])('refuses as an export of %s: %s', async (part, exported, code) => {
  expect((await rejectionOf(() => parseState(part, Buffer.from(exported)))).code).toBe(code);
});

test('keeps only the listed workspaces of a dump', async () => {
  const { exported, config } = await exportSystem(apis, ['main']);
  const servers = (document: Json) => (document as { servers: Json }).servers;
  expect(servers(parseState('system', exported))).toEqual([{ id: 'main' }]);
  expect(servers(parseJson(Buffer.concat(config)))).toEqual([{ id: 'main' }]);
  expect(stringifyJson(parseState('system', (await exportSystem(apis)).exported))).toBe(SYSTEM);
});
