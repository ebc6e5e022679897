import { afterEach, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../functions/errors.ts';
import type { IMPORT_MODES } from '../../../functions/tenant/http/import-mode.ts';
import type { FaultOrder } from '../../../scripts/sandbox/faults.ts';
import type { JsonObject } from '../../../scripts/sandbox/json.ts';
import { rejectionOf, saidBy } from '../../rejection.ts';
import { CLIENT_SECRET, startWith } from '../../scripts/sandbox/support.ts';
import { connectTo, seen } from '../connection.ts';

const CANARY = 'canary-acme-0001-of-at-least-32-characters';

const TREE: JsonObject = {
  name: 'Acme',
  servers: {
    main: {
      name: 'Main',
      secret: CANARY,
      clients: { portal: { client_name: 'Portal', client_secret: `${CANARY}-portal` } },
    },
  },
};

const IDEMPOTENCY_KEY = 'key-of-at-least-32-characters-0001';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(options: Parameters<typeof startWith>[1] = {}) {
  const started = await startWith(TREE, options);
  closers.push(() => started.sandbox.close());
  return started;
}

describe('exportTree', () => {
  test('gives the document with or without credentials, and says which it wants', async () => {
    const { sandbox } = await start();
    const { hub } = connectTo(sandbox);
    expect((await hub.exportTree({ withCredentials: true })).toString()).toContain(CANARY);
    expect((await hub.exportTree({ withCredentials: false })).toString()).not.toContain(CANARY);
    expect(seen(sandbox, 'GET', '/promote/config').map(({ query }) => query)).toEqual([
      { with_credentials: 'true' },
      { with_credentials: 'false' },
    ]);
  });

  test('sends the correlation id, which the audit log of the tenant shows', async () => {
    const { sandbox } = await start();
    await connectTo(sandbox).hub.exportTree({ withCredentials: true });
    expect(seen(sandbox, 'GET', '/promote/config')[0]?.correlationId).toBe('operation-1');
  });

  test('takes a token anew, once, that the tenant no longer knows', async () => {
    const { sandbox, clock } = await start({ tokenLifetimeSeconds: 600 });
    const { hub } = connectTo(sandbox);
    await hub.exportTree({ withCredentials: true });
    // Our own clock stands still, so that the token looks young here and is expired there.
    clock.advanceSeconds(601);
    await hub.exportTree({ withCredentials: true });
    expect(seen(sandbox, 'GET', '/promote/config').map(({ status }) => status)).toEqual([200, 401, 200]);
    expect(seen(sandbox, 'POST', '/oauth2/token')).toHaveLength(2);
  });

  test('gives up when a token just made is refused as well', async () => {
    const { sandbox } = await start();
    sandbox.setFault('acme', { kind: 'fail', status: 401, on: 'export' });
    expect(await rejectionOf(connectTo(sandbox).hub.exportTree({ withCredentials: true }))).toMatchObject({
      code: 'AUTHENTICATION_REFUSED',
      message: 'export of acme with credentials was answered 401 (invalid_access_token)',
    });
    expect(seen(sandbox, 'GET', '/promote/config')).toHaveLength(2);
  });

  test('refuses a document over the limit', async () => {
    const { sandbox } = await start();
    const { hub } = connectTo(sandbox, { limits: { maxBodyBytes: 1000 } });
    expect(await rejectionOf(hub.exportTree({ withCredentials: true }))).toMatchObject({
      code: 'EXPORT_TOO_LARGE',
    });
  });

  test('waits as long as a throttled tenant asks for, and succeeds', async () => {
    const { sandbox } = await start();
    sandbox.setFault('acme', { kind: 'throttle', on: 'export', retryAfterSeconds: 7, times: 2 });
    const { hub, pauses } = connectTo(sandbox);
    await hub.exportTree({ withCredentials: true });
    expect(pauses).toEqual([7_000, 7_000]);
  });

  test('waits out a burst refusal', async () => {
    const { sandbox } = await start();
    sandbox.setFault('acme', { kind: 'burst-refusal', on: 'export', times: 2 });
    const { hub, pauses } = connectTo(sandbox);
    await hub.exportTree({ withCredentials: true });
    expect(pauses).toEqual([15_000, 15_000]);
  });

  test.each<[FaultOrder]>([
    [{ kind: 'fail', status: 503, times: 2 }],
    [{ kind: 'close', times: 2 }],
    [{ kind: 'truncate', framing: 'chunked', times: 2 }],
    [{ kind: 'fail', status: 500, times: 2, on: 'token' }],
    [{ kind: 'throttle', times: 2, on: 'discovery' }],
  ])('succeeds after %j', async (fault) => {
    const { sandbox } = await start();
    sandbox.setFault('acme', { on: 'export', ...fault });
    const { hub, pauses } = connectTo(sandbox);
    expect((await hub.exportTree({ withCredentials: true })).toString()).toContain(CANARY);
    expect(pauses).toHaveLength(2);
  });
});

describe('importTree', () => {
  test('applies a document, with mode and dry run always said', async () => {
    const { sandbox } = await start();
    const { hub } = connectTo(sandbox, { access: 'manage' });
    for (const dryRun of [true, false]) {
      await hub.importTree('{"name":"Other"}', { mode: 'update', dryRun, idempotencyKey: IDEMPOTENCY_KEY });
      expect(sandbox.tenant('acme')['name']).toBe(dryRun ? 'Acme' : 'Other');
    }
    expect(seen(sandbox, 'POST', '/promote/config').map(({ query }) => query)).toEqual([
      { mode: 'update', dry_run: 'true' },
      { mode: 'update', dry_run: 'false' },
    ]);
  });

  test('cannot be done with a token for reading', async () => {
    const { sandbox } = await start();
    const { hub } = connectTo(sandbox, { access: 'read' });
    const refused = hub.importTree('{"name":"Other"}', {
      mode: 'update',
      dryRun: false,
      idempotencyKey: IDEMPOTENCY_KEY,
    });
    expect(await rejectionOf(refused)).toMatchObject({
      code: 'PERMISSION_DENIED',
      facts: { status: 403, errorCode: 'insufficient_scope' },
    });
    expect(sandbox.tenant('acme')['name']).toBe('Acme');
  });

  test.each<[mode: (typeof IMPORT_MODES)[number], document: string, code: ErrorCode]>([
    ['fail', '{"name":"Other"}', 'IMPORT_CONFLICT'],
    ['update', '{"servers":{"main":{"clients":"canary"}}}', 'IMPORT_REFUSED'],
    ['ignore', '{"servers":"canary"}', 'IMPORT_REFUSED'],
    ['update', 'canary {', 'IMPORT_REFUSED'],
  ])('is refused with mode=%s for %s by %s', async (mode, document, code) => {
    const { sandbox } = await start();
    const { hub, pauses } = connectTo(sandbox, { access: 'manage' });
    const error = await rejectionOf(
      hub.importTree(document, { mode, dryRun: false, idempotencyKey: IDEMPOTENCY_KEY }),
    );
    expect(error.code).toBe(code);
    expect(saidBy(error)).not.toContain('canary');
    expect(pauses).toEqual([]);
  });

  test('repeats a refusal by throttling, and nothing whose outcome is unknown', async () => {
    const { sandbox } = await start();
    const { hub, pauses } = connectTo(sandbox, { access: 'manage' });
    const imported = () =>
      hub.importTree('{"name":"Other"}', { mode: 'update', dryRun: false, idempotencyKey: IDEMPOTENCY_KEY });
    sandbox.setFault('acme', { kind: 'throttle', on: 'import', retryAfterSeconds: 3, times: 1 });
    await imported();
    expect(pauses).toEqual([3_000]);
    sandbox.setFault('acme', { kind: 'close', when: 'after', on: 'import', times: 1 });
    expect(await rejectionOf(imported())).toMatchObject({ code: 'TENANT_UNAVAILABLE' });
    expect(pauses).toEqual([3_000]);
  });

  test('waits for a token as patiently as an export does: nothing has been sent yet', async () => {
    const { sandbox } = await start();
    sandbox.setFault('acme', { kind: 'fail', status: 503, on: 'token', times: 2 });
    const { hub, pauses } = connectTo(sandbox, { access: 'manage' });
    await hub.importTree('{"name":"Other"}', {
      mode: 'update',
      dryRun: false,
      idempotencyKey: IDEMPOTENCY_KEY,
    });
    expect(pauses).toHaveLength(2);
    expect(sandbox.tenant('acme')['name']).toBe('Other');
  });
});

/** What each way of misbehaving comes to when it lasts. `undefined`: it does no harm. */
const FAULTS: readonly [
  fault: FaultOrder,
  onExport: ErrorCode | undefined,
  onImport: ErrorCode | undefined,
][] = [
  [{ kind: 'throttle' }, 'TENANT_THROTTLED', 'TENANT_THROTTLED'],
  [{ kind: 'throttle', retryAfterSeconds: 600 }, 'TENANT_THROTTLED', 'TENANT_THROTTLED'],
  [{ kind: 'burst-refusal' }, 'TENANT_THROTTLED', 'TENANT_THROTTLED'],
  [{ kind: 'fail', status: 400 }, 'UNEXPECTED_RESPONSE', 'IMPORT_REFUSED'],
  [{ kind: 'fail', status: 401 }, 'AUTHENTICATION_REFUSED', 'AUTHENTICATION_REFUSED'],
  [{ kind: 'fail', status: 403 }, 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
  [{ kind: 'fail', status: 404 }, 'TENANT_NOT_FOUND', 'TENANT_NOT_FOUND'],
  [{ kind: 'fail', status: 409 }, 'UNEXPECTED_RESPONSE', 'IMPORT_CONFLICT'],
  [{ kind: 'fail', status: 413 }, 'UNEXPECTED_RESPONSE', 'IMPORT_REFUSED'],
  [{ kind: 'fail', status: 418 }, 'UNEXPECTED_RESPONSE', 'UNEXPECTED_RESPONSE'],
  [{ kind: 'fail', status: 422 }, 'UNEXPECTED_RESPONSE', 'IMPORT_REFUSED'],
  [{ kind: 'fail', status: 500 }, 'TENANT_UNAVAILABLE', 'TENANT_UNAVAILABLE'],
  [{ kind: 'fail', status: 503 }, 'TENANT_UNAVAILABLE', 'TENANT_UNAVAILABLE'],
  [{ kind: 'close', when: 'before' }, 'TENANT_UNAVAILABLE', 'TENANT_UNAVAILABLE'],
  [{ kind: 'close', when: 'after' }, 'TENANT_UNAVAILABLE', 'TENANT_UNAVAILABLE'],
  [{ kind: 'slow', delayMilliseconds: 1_500 }, 'TENANT_UNAVAILABLE', 'TENANT_UNAVAILABLE'],
  [{ kind: 'slow', delayMilliseconds: 1 }, undefined, undefined],
  [{ kind: 'truncate', framing: 'length' }, 'EXPORT_INCOMPLETE', undefined],
  [{ kind: 'truncate', framing: 'chunked' }, 'EXPORT_INCOMPLETE', undefined],
  [{ kind: 'truncate', framing: 'whole' }, 'EXPORT_INCOMPLETE', undefined],
  [{ kind: 'html' }, 'EXPORT_MALFORMED', 'UNEXPECTED_RESPONSE'],
  // An import that only seems to succeed is found by the export and comparison that follow every import.
  [{ kind: 'empty' }, 'EXPORT_MALFORMED', undefined],
];

describe('a lasting fault', () => {
  test.each(FAULTS)('%j is %s for an export and %s for an import', async (fault, onExport, onImport) => {
    const { sandbox } = await start();
    const { hub } = connectTo(sandbox, { access: 'manage', limits: { headersMilliseconds: 100 } });
    const exchanges = [
      { on: 'export', code: onExport, run: () => hub.exportTree({ withCredentials: true }) },
      {
        on: 'import',
        code: onImport,
        run: () =>
          hub.importTree(JSON.stringify(TREE), {
            mode: 'update',
            dryRun: false,
            idempotencyKey: IDEMPOTENCY_KEY,
          }),
      },
    ] as const;
    for (const { on, code, run } of exchanges) {
      sandbox.clearFaults();
      sandbox.setFault('acme', { ...fault, on });
      if (code === undefined) {
        await run();
        continue;
      }
      const error = await rejectionOf(run());
      expect({ on, code: error.code }).toEqual({ on, code });
      const said = saidBy(error);
      for (const secret of [CLIENT_SECRET, CANARY]) expect(said).not.toContain(secret);
      expect(said).not.toMatch(/bearer|authorization/i);
    }
  });
});
