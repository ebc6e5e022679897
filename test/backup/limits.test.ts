import { describe, expect, test } from 'vitest';
import { isComplete, isNight, manifestRecord } from '../../functions/audit/history.ts';
import { backUpTenant } from '../../functions/backup/backup.ts';
import { takeSafetyBackup } from '../../functions/backup/take-safety-backup.ts';
import { parseDispatchRequest } from '../../functions/dispatch/request.ts';
import { extentWarning } from '../../functions/plan/backup-warnings.ts';
import { chooseAmong, listBackups } from '../../functions/state/choose-backup.ts';
import { parseEnrolmentValue } from '../../functions/tenant/enrolment/enrolment.ts';
import { unpackArchive } from '../../functions/vault/format/archive.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { rejectionOf } from '../rejection.ts';
import { memoryTenant } from './memory-tenant.ts';

/** Backups that leave out credentials, or all but a selection: real sealing, exports from memory. */

const [demo] = demoTenants();
const TREE = demo?.tree ?? {};
const request = { tenant: 'acme', tier: 'manual', scheduledTime: '2026-01-31T02:00:00Z' } as const;
const PORTAL = {
  include: [{ resourceType: 'client', ids: ['portal'] }],
  exclude: [],
  dependencies: 'report',
} as const;

function setting(ofEnrolment: object = {}) {
  const tenant = memoryTenant();
  const { vault, keys } = tenant;
  tenant.live.hub = structuredClone(TREE);
  const enrolment = parseEnrolmentValue(
    {
      issuer: 'https://acme.example.com/acme/system',
      clientId: 'backup',
      clientSecret: 'secret of the test',
      parts: ['hub', 'system', 'identity'],
      ...ofEnrolment,
    },
    'acme',
  );
  const taken = (asked: object = {}) => backUpTenant({ ...request, ...asked }, enrolment, tenant.tools);
  const newest = async (tier: 'manual' | 'daily' = 'manual') => {
    const [version] = await vault.listVersions(tier, 'acme');
    if (version === undefined) throw new Error('there is no backup');
    const bytes = await vault.get(version);
    const parts = await keys.openAll(bytes);
    const config = JSON.parse(String(parts.get('hub.config')));
    return { manifest: unpackArchive(bytes).manifest, parts: [...parts.keys()], config, bytes };
  };
  const chosen = async () =>
    chooseAmong(await listBackups({ tenant: 'acme' }, vault), { tenant: 'acme' }, vault);
  return { ...tenant, enrolment, taken, newest, chosen };
}

/** The texts of a document. */
const textsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];

/** The secrets of the tenant, found without the product's own code. */
const SECRETS = new Set(
  Object.values(TREE['servers'] as Record<string, { clients?: Record<string, Record<string, unknown>> }>)
    .flatMap(({ clients = {} }) => Object.values(clients))
    .flatMap(({ client_secret: secret }) => (typeof secret === 'string' && secret !== '' ? [secret] : [])),
);

describe('a backup without credentials', () => {
  test.each<[what: string, ofEnrolment: object, asked: object, by: string]>([
    ['for one request', {}, { credentials: false }, 'request'],
    ['for all of an enrolment', { credentials: false }, {}, 'enrolment'],
    ['for a request of such an enrolment', { credentials: false }, { credentials: false }, 'request'],
    ['of a selection', {}, { credentials: false, selection: PORTAL }, 'request'],
    [
      'of the selection of an enrolment',
      { selection: [...PORTAL.include] },
      { credentials: false },
      'request',
    ],
  ])('holds the configuration of the hub alone: %s', async (_what, ofEnrolment, asked, by) => {
    const { taken, newest } = setting(ofEnrolment);
    expect(await taken(asked)).toMatchObject({ outcome: 'stored' });
    const { manifest, parts, config } = await newest();
    expect(parts).toEqual(['hub.config']);
    expect(manifest).toMatchObject({ limits: { by, credentials: false }, credentials: {} });
    expect(config.fingerprints).toEqual({});
    expect(SECRETS.size).toBeGreaterThan(3);
    expect(textsIn(config.document).filter((text) => SECRETS.has(text))).toEqual([]);
  });

  test('asks SecureAuth for no credentials at all', async () => {
    const { taken, apis, tools } = setting();
    const asked: boolean[] = [];
    const { hub } = apis;
    tools.connect = () => ({
      ...apis,
      hub: {
        ...hub,
        exportTree: (options) => {
          asked.push(options.withCredentials);
          return hub.exportTree(options);
        },
      },
    });
    await taken({ credentials: false });
    expect(asked).toEqual([false]);
  });

  test.each<[what: string, shown: string | null]>([
    ['a credential that the tenant shows all the same', 'shown-canary-of-at-least-32-characters'],
    ['a placeholder', '********'],
    ['an empty text', ''],
    ['null', null],
    ['what only looks like a credential', 'xoxb-1234567890-1234567890-AbCdEfGhIjKlMnOpQrStUvWx'],
  ])('leaves out %s', async (_what, shown) => {
    const { taken, newest, apis, tools } = setting();
    const tree = {
      name: 'Acme',
      servers: { main: { clients: { shop: { client_secret: shown, note: shown } } } },
    };
    tools.connect = () => ({
      ...apis,
      hub: { ...apis.hub, exportTree: async () => Buffer.from(JSON.stringify(tree)) },
    });
    await taken({ credentials: false });
    const { client_secret: secret } = (await newest()).config.document.servers.main.clients.shop;
    expect(['', null]).toContain(secret);
  });
});

describe('a backup of a selection', () => {
  test.each<[what: string, selection: object, held: Record<string, number>]>([
    ['a client, with its owners', PORTAL, { tenant: 1, server: 1, client: 1 }],
    [
      'a client by its name',
      [{ resourceType: 'clients', resourceQuery: { client_name: 'Mobile*' } }],
      { client: 1 },
    ],
    ['a type', [{ resourceType: 'clients', workspaces: ['customers'] }], { server: 1 }],
    ['two workspaces', [{ workspaces: ['customers', 'system'] }], { server: 2 }],
    [
      'a workspace without its clients',
      {
        include: [{ workspaces: ['customers'] }],
        exclude: [{ resourceType: 'client' }],
        dependencies: 'report',
      },
      { server: 1 },
    ],
  ])('holds %s, as the tenant has it', async (_what, selection, held) => {
    const { taken, newest } = setting();
    const asked = parseDispatchRequest({ tenants: ['acme'], selection }, new Date());
    expect(await taken({ selection: asked.selection })).toMatchObject({ outcome: 'stored' });
    const { manifest, parts, config } = await newest();
    expect(parts).toEqual(['hub.config', 'hub.credentials']);
    expect(manifest.objects).toMatchObject(held);
    expect(JSON.parse(manifest.limits?.selection ?? '')).toEqual(asked.selection);
    for (const [id, server] of Object.entries<{ name: string }>(config.document.servers)) {
      expect(server.name).toBe((TREE['servers'] as Record<string, { name: string }>)[id]?.name);
    }
  });

  test.each<[what: string, selection: object, message: string]>([
    ['that matches nothing', [{ ids: ['no-such-id'] }], 'selection must match at least one object'],
    ['of everything', { include: [] }, 'must include or exclude something'],
    [
      'that is too long',
      [{ ids: Array(100).fill('x'.repeat(60)) }],
      'have at most 4096 characters as JSON, got',
    ],
    ['by a credential', [{ resourceType: 'client', resourceQuery: { client_secret: 'a*' } }], 'credentials'],
    ['by a member that no object has', [{ resourceType: 'client', resourceQuery: { nmae: 'a' } }], 'nmae'],
  ])('is refused: a selection %s', async (_what, selection, message) => {
    const { taken, vault } = setting();
    const error = await rejectionOf(async () => {
      const asked = parseDispatchRequest({ tenants: ['acme'], selection }, new Date());
      return taken({ selection: asked.selection });
    });
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringContaining(message) });
    expect(await vault.listVersions('manual', 'acme')).toEqual([]);
  });

  test('is not empty, though it holds no workspace', async () => {
    const { taken, newest, live } = setting();
    live.hub = { name: 'Acme', themes: { dark: { name: 'Dark' } }, servers: { main: { name: 'Main' } } };
    await taken({ selection: { include: [{ resourceType: 'theme' }], exclude: [], dependencies: 'add' } });
    expect((await newest()).manifest).toMatchObject({ objects: { tenant: 1, theme: 1 }, warnings: {} });
  });

  test('counts a selector that matches nothing', async () => {
    const { taken, newest } = setting();
    await taken({ selection: { ...PORTAL, include: [...PORTAL.include, { ids: ['gone'] }] } });
    expect((await newest()).manifest.warnings).toMatchObject({ unmatched_selectors: 1 });
  });

  test('writes a selection beyond ASCII so that every program signs the same bytes', async () => {
    const { taken, newest } = setting();
    await taken({ selection: { ...PORTAL, include: [...PORTAL.include, { ids: ['Kündin \u{1f600}'] }] } });
    const { selection = '' } = (await newest()).manifest.limits ?? {};
    expect(selection).toContain('K\\u00fcndin \\ud83d\\ude00');
    expect(JSON.parse(selection).include[1]).toEqual({ ids: ['Kündin \u{1f600}'] });
  });
});

describe('a request', () => {
  test.each<[what: string, ofEnrolment: object, asked: object]>([
    ['without the part hub', { parts: ['system'] }, { credentials: false }],
    ['for a selection of a selection', { selection: [...PORTAL.include] }, { selection: PORTAL }],
  ])('is refused: %s', async (_what, ofEnrolment, asked) => {
    const { taken } = setting(ofEnrolment);
    expect(await rejectionOf(taken(asked))).toMatchObject({ code: 'INVALID_REQUEST' });
  });

  test.each<[what: string, event: object]>([
    ['of a schedule', { schedule: 'nightly', credentials: false }],
    ['in a tier of schedules', { tenants: ['acme'], tier: 'weekly', credentials: false }],
    ['for a selection in such a tier', { tenants: ['acme'], tier: 'daily', selection: PORTAL }],
  ])('asks for no less than a whole backup %s', (_what, event) => {
    expect(() => parseDispatchRequest(event, new Date())).toThrow(
      'credentials and selection must be given with tenants and tier manual alone',
    );
  });
});

describe('an enrolment', () => {
  test.each<[what: string, value: object]>([
    ['of no hub', { parts: ['system'], credentials: false }],
    ['of no hub, with a selection', { parts: ['identity'], selection: [{ ids: ['a'] }] }],
  ])('is refused: %s', (_what, value) => {
    expect(() => setting(value)).toThrow('parts must have hub');
  });

  test.each<[what: string, selection: unknown]>([
    ['an unknown member', [{ id: 'a' }]],
    ['nothing', []],
    ['an unknown type', [{ resourceType: 'cleint' }]],
  ])('whose selection is %s makes its backups fail', async (_what, selection) => {
    const { taken } = setting({ selection });
    expect(await rejectionOf(taken())).toMatchObject({
      code: 'INVALID_ENROLMENT',
      message: expect.stringContaining('enrolment "acme": selection'),
    });
  });
});

describe('a limited backup is never taken for a whole one', () => {
  const LIMITS: [what: string, asked: object][] = [
    ['without credentials', { credentials: false }],
    ['of a selection', { selection: PORTAL }],
    ['of both', { credentials: false, selection: PORTAL }],
  ];

  test.each(LIMITS)('nor a whole one for it, at the same time: %s', async (_what, asked) => {
    const { taken, vault } = setting();
    const limited = await taken(asked);
    expect(await taken()).toMatchObject({ outcome: 'stored' });
    expect(await taken(asked)).toMatchObject({ outcome: 'found', versionId: limited.versionId });
    expect(await vault.listVersions('manual', 'acme')).toHaveLength(2);
  });

  test.each(LIMITS)('by a restore or plan of the newest: %s', async (_what, asked) => {
    const { taken, chosen, newest } = setting();
    await taken(asked);
    expect(await rejectionOf(chosen())).toMatchObject({
      code: 'NO_BACKUP',
      message: expect.stringContaining('has no whole backup'),
    });
    const whole = await taken();
    await taken({ ...asked, scheduledTime: '2026-01-31T03:00:00Z' });
    expect((await chosen()).versionId).toBe(whole.versionId);
    expect(extentWarning((await newest()).manifest)).toMatchObject({ code: 'BACKUP_LIMITED' });
  });

  test.each(LIMITS)('by the audit: %s', async (_what, asked) => {
    const { taken, newest } = setting();
    await taken(asked);
    const record = { tier: 'manual', manifest: manifestRecord((await newest()).manifest) } as never;
    expect([isNight(record), isComplete(record)]).toEqual([false, false]);
  });

  test('by a week: only whole backups fill the week of a whole one', async () => {
    const { tools, enrolment, vault } = setting();
    const promoting = { ...tools, retention: { promote: ['weekly'] } as never };
    const nightly = { ...request, tier: 'daily' } as const;
    const limited = { ...enrolment, credentials: false };
    expect(await backUpTenant(nightly, limited, promoting)).toMatchObject({ promoted: ['weekly'] });
    const next = { ...nightly, scheduledTime: '2026-01-31T03:00:00Z' };
    expect(await backUpTenant(next, limited, promoting)).toMatchObject({ promoted: [] });
    expect(await backUpTenant(next, enrolment, promoting)).toMatchObject({ promoted: ['weekly'] });
    expect(await vault.listVersions('weekly', 'acme')).toHaveLength(2);
  });

  test('by a restore that saves the present: its safety backup is whole', async () => {
    const { enrolment, apis, tools } = setting({ credentials: false, selection: [...PORTAL.include] });
    const { tier: _, ...about } = request;
    const { manifest } = await takeSafetyBackup(
      { ...about, enrolment, apis },
      new Set(['hub'] as const),
      tools,
    );
    expect(manifest.limits).toBeUndefined();
    expect(manifest.parts.map(({ name }) => name)).toContain('hub.credentials');
  });
});
