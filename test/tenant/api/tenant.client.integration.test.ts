import { afterEach, describe, expect, test } from 'vitest';
import type { Tenant } from '../../../functions/tenant/api/tenant.client.ts';
import { forTenant } from '../../../functions/tenant/enrolment/enrolment.ts';
import { rejectionOf } from '../../rejection.ts';
import { type Answer, startCannedTenant } from '../canned-tenant.ts';
import { connectBy } from '../connection.ts';

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function start(answer: Answer = (response) => response.writeHead(204).end()) {
  const canned = await startCannedTenant(answer);
  closers.push(canned.close);
  return canned;
}

const document: Answer = (response) => response.end('{"tenant_id":"acme"}');

const KEY = 'key-of-at-least-32-characters-0001';
const PATCH = '[{"op":"remove","path":"/clients/x"}]';
const MERGE = '{"clients":{"x":null}}';

type Call = (tenant: Tenant) => Promise<unknown>;

const WORKSPACE = 'main/2?';

/** Everything that can be asked of a tenant, by what it is. */
const CALLS = {
  exportTree: ({ hub }) => hub.exportTree({ withCredentials: true }),
  exportWorkspace: ({ hub }) => hub.exportTree({ withCredentials: false, workspace: WORKSPACE }),
  importTree: ({ hub }) => hub.importTree('{}', { mode: 'update', dryRun: false, idempotencyKey: KEY }),
  importWorkspace: ({ hub }) =>
    hub.importTree('{}', { mode: 'fail', dryRun: true, idempotencyKey: KEY, workspace: WORKSPACE }),
  patchTree: ({ hub }) => hub.patchTree(PATCH, { format: 'rfc6902', mode: 'update', dryRun: false }),
  mergeTree: ({ hub }) => hub.patchTree(MERGE, { format: 'rfc7396', mode: 'ignore', dryRun: true }),
  mergeWorkspace: ({ hub }) =>
    hub.patchTree(MERGE, { format: 'rfc7396', mode: 'update', dryRun: false, workspace: WORKSPACE }),
  exportDump: ({ system }) => system.exportDump(),
  exportWorkspaceDump: ({ system }) => system.exportDump({ workspace: WORKSPACE, withData: true }),
  importDump: ({ system }) => system.importDump('{}', { mode: 'update' }),
  patchDump: ({ system }) => system.patchDump(PATCH, { mode: 'fail' }),
  exportIdentity: ({ identity }) => identity.exportDump(),
  importIdentity: ({ identity }) => identity.importDump('{}'),
  patchIdentity: ({ identity }) => identity.patchDump(PATCH, { mode: 'update' }),
} satisfies Record<string, Call>;
type CallName = keyof typeof CALLS;

const isExport = (name: string) => name.startsWith('export');

const ORDINARY: Record<CallName, string> = {
  exportTree: 'GET /api/hub/acme/promote/config?with_credentials=true',
  exportWorkspace: 'GET /api/hub/acme/workspaces/main%2F2%3F/promote/config?with_credentials=false',
  importTree: 'POST /api/hub/acme/promote/config?mode=update&dry_run=false',
  importWorkspace: 'POST /api/hub/acme/workspaces/main%2F2%3F/promote/config?mode=fail&dry_run=true',
  patchTree: 'PATCH /api/hub/acme/promote/config-rfc6902?mode=update&dry_run=false',
  mergeTree: 'PATCH /api/hub/acme/promote/config-rfc7396?mode=ignore&dry_run=true',
  mergeWorkspace:
    'PATCH /api/hub/acme/workspaces/main%2F2%3F/promote/config-rfc7396?mode=update&dry_run=false',
  exportDump: 'GET /api/system/acme/configuration?with_data=false',
  exportWorkspaceDump: 'GET /api/system/acme/configuration?with_data=true&workspace_id=main%2F2%3F',
  importDump: 'PUT /api/system/acme/configuration?mode=update',
  patchDump: 'PATCH /api/system/acme/configuration?mode=fail',
  exportIdentity: 'GET /api/identity/acme/configuration',
  importIdentity: 'PUT /api/identity/acme/configuration',
  patchIdentity: 'PATCH /api/identity/acme/configuration?mode=update',
};

const withoutTenant = (path: string) => path.replace(/\/api\/(system|identity)\/acme/, '/api/$1');
const underBase = (path: string) => path.replace(/\/api\/(system|identity)/, '/base$&');

/** Paths of all calls where the enrolment is another; hub URLs have neither base path nor vanity form. */
const everyPath = (change: (path: string) => string) =>
  Object.fromEntries(Object.entries(ORDINARY).map(([name, path]) => [name, change(path)]));

const PLACES: readonly [what: string, path: string, changes: object, expected: Record<string, string>][] = [
  ['an ordinary host', '/acme/system', {}, ORDINARY],
  ['a base path', '/base/acme/system', {}, everyPath(underBase)],
  ["a tenant's vanity domain", '/system', { vanity: 'tenant', tenantId: 'acme' }, everyPath(withoutTenant)],
  [
    "a tenant's vanity domain with a base path",
    '/base/system',
    { vanity: 'tenant', tenantId: 'acme' },
    everyPath((path) => underBase(withoutTenant(path))),
  ],
  ["a workspace's vanity domain", '', { vanity: 'server', tenantId: 'acme' }, everyPath(withoutTenant)],
  [
    "a workspace's vanity domain with a base path",
    '/base',
    { vanity: 'server', tenantId: 'acme' },
    everyPath((path) => underBase(withoutTenant(path))),
  ],
];

async function call(name: CallName, path: string, changes: object) {
  const canned = await start(isExport(name) ? document : undefined);
  await CALLS[name](connectBy(canned.enrolment(changes, path)));
  const [received] = canned.calls();
  return { received, asked: `${received?.method} ${received?.url}`, tokenUrl: canned.received[1]?.url };
}

describe('the URLs', () => {
  test.each(PLACES)('of %s', async (_what, path, changes, expected) => {
    for (const name of Object.keys(CALLS) as CallName[]) {
      expect({ name, asked: (await call(name, path, changes)).asked }).toEqual({
        name,
        asked: expected[name],
      });
    }
    expect((await call('exportTree', path, changes)).tokenUrl).toBe(`${path}/oauth2/token`);
  });

  const ROOT: Record<string, string> = {
    exportTree: 'GET /api/hub/system/promote/config?with_credentials=true&tid=acme',
    importTree: 'POST /api/hub/system/promote/config?mode=update&dry_run=false&tid=acme',
    patchTree: 'PATCH /api/hub/system/promote/config-rfc6902?mode=update&dry_run=false&tid=acme',
    mergeTree: 'PATCH /api/hub/system/promote/config-rfc7396?mode=ignore&dry_run=true&tid=acme',
    exportDump: 'GET /api/system/configuration?with_data=false&tid=acme',
    exportWorkspaceDump: 'GET /api/system/configuration?with_data=true&workspace_id=main%2F2%3F&tid=acme',
    // Whose a dump is, it says itself.
    importDump: 'PUT /api/system/configuration?mode=update',
    patchDump: 'PATCH /api/system/configuration?mode=fail&tid=acme',
    exportIdentity: 'GET /api/identity/system/configuration?tid=acme',
    importIdentity: 'PUT /api/identity/system/configuration',
    patchIdentity: 'PATCH /api/identity/system/configuration?mode=update&tid=acme',
  };

  test('of one of all tenants', async () => {
    for (const name of Object.keys(ROOT) as CallName[]) {
      const canned = await start(isExport(name) ? document : undefined);
      const root = canned.enrolment({ scope: 'all-tenants' }, '/system/system');
      await CALLS[name](connectBy(forTenant(root, 'acme')));
      const [received] = canned.calls();
      expect({ name, asked: `${received?.method} ${received?.url}` }).toEqual({ name, asked: ROOT[name] });
      expect(canned.received[1]?.url).toBe('/system/system/oauth2/token');
    }
  });

  test.each(Object.keys(ORDINARY).filter((name) => !(name in ROOT)) as CallName[])(
    'of %s do not exist for one of all tenants',
    async (name) => {
      const canned = await start();
      const root = forTenant(canned.enrolment({ scope: 'all-tenants' }, '/system/system'), 'acme');
      expect(await rejectionOf(CALLS[name](connectBy(root)))).toMatchObject({ code: 'NOT_SUPPORTED' });
      expect(canned.received).toEqual([]);
    },
  );

  test.each(Object.keys(CALLS) as CallName[])(
    'of %s are not guessed for all tenants at once',
    async (name) => {
      const canned = await start(document);
      const root = connectBy(canned.enrolment({ scope: 'all-tenants' }, '/system/system'));
      expect(await rejectionOf(CALLS[name](root))).toMatchObject({
        code: 'INVALID_REQUEST',
        message: 'enrolment "canned" is of all tenants: name one of them',
      });
      expect(canned.received).toEqual([]);
    },
  );

  test.each(['.', '..'])('lead nowhere else by a workspace called %s', async (workspace) => {
    const canned = await start(document);
    const { hub } = connectBy(canned.enrolment());
    expect(await rejectionOf(hub.exportTree({ withCredentials: true, workspace }))).toMatchObject({
      code: 'INVALID_REQUEST',
    });
    expect(canned.received).toEqual([]);
  });
});

describe('every request', () => {
  test.each(Object.keys(CALLS) as CallName[])(
    'of %s has its token, its correlation id and its body',
    async (name) => {
      const { received } = await call(name, '/acme/system', {});
      expect(received?.headers).toMatchObject({
        authorization: 'Bearer token',
        accept: 'application/json',
        'x-correlation-id': 'operation-1',
        ...(isExport(name) ? {} : { 'content-type': 'application/json' }),
      });
      // Replays are a matter of POST alone.
      expect(received?.headers['x-idempotency-key']).toBe(received?.method === 'POST' ? KEY : undefined);
      const body = name.startsWith('patch')
        ? PATCH
        : name.startsWith('merge')
          ? MERGE
          : isExport(name)
            ? ''
            : '{}';
      expect(received?.body).toBe(body);
    },
  );

  test('for a token has the correlation id as well', async () => {
    const canned = await start(document);
    await connectBy(canned.enrolment()).system.exportDump();
    expect(canned.received.map(({ headers }) => headers['x-correlation-id'])).toEqual(
      Array(3).fill('operation-1'),
    );
  });

  test.each([31, 256])('is not sent with an idempotency key of %i characters', async (length) => {
    const canned = await start();
    const { hub } = connectBy(canned.enrolment());
    const options = { mode: 'update', dryRun: false, idempotencyKey: 'k'.repeat(length) } as const;
    expect(await rejectionOf(hub.importTree('{}', options))).toMatchObject({
      code: 'INVALID_REQUEST',
      message: `idempotency key must be 32 to 255 characters long, got ${length}`,
    });
    expect(canned.received).toEqual([]);
  });
});

describe('listTenants', () => {
  const answering = async (value: unknown) => {
    const canned = await start((response) => response.end(JSON.stringify(value)));
    return { canned, ...connectBy(canned.enrolment({ scope: 'all-tenants' }, '/base/system/system')) };
  };

  test('gives their ids in order, without the root tenant', async () => {
    const tenants = [{ id: 'globex', jwks: { keys: ['canary'] } }, { id: 'system' }, { id: 'acme' }];
    const { canned, listTenants } = await answering({ tenants });
    expect(await listTenants()).toEqual(['acme', 'globex']);
    expect(canned.calls().map(({ url }) => url)).toEqual(['/base/api/system/tenants']);
  });

  test.each([{ tenants: null }, {}])('gives none for %j', async (answer) => {
    expect(await (await answering(answer)).listTenants()).toEqual([]);
  });

  test.each([
    { tenants: {} },
    { tenants: [{ id: '' }] },
    { tenants: [{ name: 'canary' }] },
    { tenants: ['canary'] },
  ])('refuses %j and repeats nothing of it', async (answer) => {
    const error = await rejectionOf((await answering(answer)).listTenants());
    expect(error).toMatchObject({ code: 'UNEXPECTED_RESPONSE' });
    expect(`${error.message}${error.cause}${JSON.stringify(error.facts)}`).not.toContain('canary');
  });

  test('refuses more tenants than a deployment has', async () => {
    const tenants = Array.from({ length: 10_001 }, (_, id) => ({ id: `t${id}` }));
    const { canned } = await answering({ tenants });
    const enrolment = canned.enrolment({ scope: 'all-tenants' }, '/base/system/system');
    expect(await rejectionOf(connectBy(enrolment).listTenants())).toMatchObject({
      code: 'UNEXPECTED_RESPONSE',
      message: expect.stringContaining('must have at most 10000 tenants, got 10001'),
    });
  });

  test.each(['announces', 'sends'])('reads no list to its end that %s more than 64 MiB', async (what) => {
    const piece = Buffer.alloc(1024 * 1024, ' ');
    const canned = await start((response) => {
      if (what === 'announces')
        return response.writeHead(200, { 'content-length': 64 * 1024 ** 2 + 1 }).write('{');
      const more = () => {
        while (response.write(piece));
      };
      response.on('drain', more);
      return more();
    });
    const enrolment = canned.enrolment({ scope: 'all-tenants' }, '/base/system/system');
    const { listTenants } = connectBy(enrolment, {
      limits: { maxBodyBytes: 2 ** 30, bodyMilliseconds: 30_000 },
    });
    expect(await rejectionOf(listTenants())).toMatchObject({
      code: 'EXPORT_TOO_LARGE',
      facts: { maxBytes: 64 * 1024 ** 2 },
    });
  });

  test('is not possible for a client of one tenant', async () => {
    const canned = await start();
    expect(await rejectionOf(connectBy(canned.enrolment()).listTenants())).toMatchObject({
      code: 'NOT_SUPPORTED',
    });
  });
});
