import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../functions/errors.ts';
import { rejectionOf, saidBy } from '../../rejection.ts';
import { CLIENT_SECRET, startWith } from '../../scripts/sandbox/support.ts';
import { type Answer, startCannedTenant } from '../canned-tenant.ts';
import { connectBy, connectTo, enrolmentFor, seen } from '../connection.ts';

/** What hub, system and identity API have in common. */

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(answer: Answer) {
  const canned = await startCannedTenant(answer);
  closers.push(canned.close);
  return { canned, ...connectBy(canned.enrolment()) };
}

const answering =
  (status: number, headers: Record<string, string>, body: string | Buffer = ''): Answer =>
  (response) =>
    response.writeHead(status, headers).end(body);

const HTML = '<!doctype html><title>canary</title>';
const JSON_TYPE = { 'content-type': 'application/json' };
/** An error as SecureAuth words it. */
const OWN_ERROR = JSON.stringify({ status_code: 400, error: 'refused', cause: 'canary', details: {} });

/** Answers that no specification describes, and what they come to. `undefined`: it does no harm. */
const ANSWERS: readonly [
  what: string,
  answer: Answer,
  onExport: ErrorCode | undefined,
  onWrite: ErrorCode | undefined,
][] = [
  ['204 without a body', answering(204, {}), 'EXPORT_MALFORMED', undefined],
  ['200 without a body', answering(200, JSON_TYPE), 'EXPORT_MALFORMED', undefined],
  ['200 with spaces', answering(200, JSON_TYPE, ' \r\n\t'), 'EXPORT_MALFORMED', undefined],
  ['200 with a document', answering(200, JSON_TYPE, '{"a":1}'), undefined, undefined],
  [
    'a document of another content type',
    answering(200, { 'content-type': 'text/plain' }, '{"a":1}'),
    undefined,
    undefined,
  ],
  ['a document without a content type', answering(200, {}, ' {"a":1}\n'), undefined, undefined],
  [
    'a page',
    answering(200, { 'content-type': 'text/html' }, HTML),
    'EXPORT_MALFORMED',
    'UNEXPECTED_RESPONSE',
  ],
  [
    'a page that claims to be JSON',
    answering(200, JSON_TYPE, HTML),
    'EXPORT_MALFORMED',
    'UNEXPECTED_RESPONSE',
  ],
  ['a list', answering(200, JSON_TYPE, '[]'), 'EXPORT_MALFORMED', 'UNEXPECTED_RESPONSE'],
  ['null', answering(200, JSON_TYPE, 'null'), 'EXPORT_MALFORMED', 'UNEXPECTED_RESPONSE'],
  ['a byte order mark', answering(200, JSON_TYPE, '\uFEFF{}'), 'EXPORT_MALFORMED', 'UNEXPECTED_RESPONSE'],
  ['half a document', answering(200, JSON_TYPE, '{"a":{"b":'), 'EXPORT_INCOMPLETE', undefined],
  [
    '301',
    answering(301, { location: 'https://elsewhere.example.test/' }),
    'UNEXPECTED_RESPONSE',
    'UNEXPECTED_RESPONSE',
  ],
  [
    '302 with a page',
    answering(302, { location: '/login' }, HTML),
    'UNEXPECTED_RESPONSE',
    'UNEXPECTED_RESPONSE',
  ],
  ['307', answering(307, { location: '/api' }), 'UNEXPECTED_RESPONSE', 'UNEXPECTED_RESPONSE'],
  ['304', answering(304, {}), 'UNEXPECTED_RESPONSE', 'UNEXPECTED_RESPONSE'],
  [
    '403 with a page',
    answering(403, { 'content-type': 'text/html' }, HTML),
    'UNEXPECTED_RESPONSE',
    'UNEXPECTED_RESPONSE',
  ],
  ['403', answering(403, JSON_TYPE, OWN_ERROR), 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
  [
    '404 with a page',
    answering(404, { 'content-type': 'text/html' }, HTML),
    'UNEXPECTED_RESPONSE',
    'UNEXPECTED_RESPONSE',
  ],
  ['404', answering(404, JSON_TYPE, OWN_ERROR), 'TENANT_NOT_FOUND', 'TENANT_NOT_FOUND'],
  ['405', answering(405, JSON_TYPE, '{}'), 'UNEXPECTED_RESPONSE', 'UNEXPECTED_RESPONSE'],
  ['412', answering(412, JSON_TYPE, '{}'), 'UNEXPECTED_RESPONSE', 'UNEXPECTED_RESPONSE'],
  [
    '502 with a page',
    answering(502, { 'content-type': 'text/html' }, HTML),
    'TENANT_UNAVAILABLE',
    'TENANT_UNAVAILABLE',
  ],
  [
    'an encoding nobody asked for',
    answering(200, { 'content-encoding': 'compress' }, '{}'),
    'UNEXPECTED_RESPONSE',
    'UNEXPECTED_RESPONSE',
  ],
  [
    'gzip that is none',
    answering(200, { 'content-encoding': 'gzip' }, '{"canary":1}'),
    'EXPORT_INCOMPLETE',
    'EXPORT_INCOMPLETE',
  ],
];

describe('an answer', () => {
  test.each(ANSWERS)('of %s is judged for every API', async (_what, answer, onExport, onWrite) => {
    const { hub, system, identity } = await start(answer);
    const idempotencyKey = 'k'.repeat(32);
    const reads = [() => hub.exportTree({ withCredentials: true }), system.exportDump, identity.exportDump];
    const writes = [
      () => hub.importTree('{}', { mode: 'update', dryRun: false, idempotencyKey }),
      () => hub.patchTree('{}', { format: 'rfc7396', mode: 'update', dryRun: false }),
      () => system.importDump('{}', { mode: 'update' }),
      () => identity.importDump('{}'),
    ];
    for (const [attempts, code] of [
      [reads, onExport],
      [writes, onWrite],
    ] as const) {
      for (const attempt of attempts) {
        if (code === undefined) {
          await attempt();
          continue;
        }
        const error = await rejectionOf(attempt());
        expect(error.code).toBe(code);
        expect(error.facts['correlationId']).toBe('operation-1');
        expect(saidBy(error)).not.toContain('canary');
      }
    }
  });

  test('that is a refusal names what to look for in the logs of the vendor', async () => {
    const body = JSON.stringify({
      status_code: 422,
      error: 'canary',
      error_code: 'unprocessable_entity',
      details: {},
    });
    const { system } = await start(
      answering(422, { ...JSON_TYPE, 'x-trace-id': '0af7651916cd43dd8448eb211c80319c' }, body),
    );
    const error = await rejectionOf(system.importDump('{}', { mode: 'update' }));
    expect(error).toMatchObject({
      code: 'IMPORT_REFUSED',
      message:
        'import into system configuration of acme with mode=update was answered 422 (unprocessable_entity)',
      facts: { status: 422, errorCode: 'unprocessable_entity', traceId: '0af7651916cd43dd8448eb211c80319c' },
    });
  });

  test.each([409, 422, 400])('of %i is a conflict with mode=fail', async (status) => {
    const { system } = await start(answering(status, JSON_TYPE, OWN_ERROR));
    expect(await rejectionOf(system.importDump('{}', { mode: 'fail' }))).toMatchObject({
      code: 'IMPORT_CONFLICT',
    });
  });

  test.each([
    [403, 'PERMISSION_DENIED'],
    [404, 'TENANT_NOT_FOUND'],
  ])('of %i by a hub that is switched off names the way out', async (status, code) => {
    const { hub, system } = await start(answering(status, JSON_TYPE, OWN_ERROR));
    const hint = 'without the feature, set "parts": ["system"] in the enrolment';
    const fromHub = await rejectionOf(hub.exportTree({ withCredentials: true }));
    expect(fromHub).toMatchObject({ code, message: expect.stringContaining(hint) });
    // There it would be no way out.
    expect((await rejectionOf(system.exportDump())).message).not.toContain(hint);
  });
});

describe('a compressed answer', () => {
  const TEXT = JSON.stringify({
    padding: 'x'.repeat(100_000),
    random: Array.from({ length: 500 }, () => Math.random()),
  });
  const ENCODERS = { gzip: gzipSync, br: brotliCompressSync, zstd: zstdCompressSync };
  const encodings = Object.keys(ENCODERS) as (keyof typeof ENCODERS)[];
  const compressed = (encoding: keyof typeof ENCODERS, text = TEXT) => ENCODERS[encoding](Buffer.from(text));

  test('is asked for', async () => {
    const { canned, hub } = await start(answering(200, JSON_TYPE, '{}'));
    await hub.exportTree({ withCredentials: true });
    expect(canned.calls()[0]?.headers['accept-encoding']).toBe('zstd, br, gzip');
  });

  test.each(encodings)('by %s is the same document', async (encoding) => {
    const { hub } = await start(answering(200, { 'content-encoding': encoding }, compressed(encoding)));
    expect((await hub.exportTree({ withCredentials: true })).toString()).toBe(TEXT);
  });

  test.each(encodings)('by %s that is cut short is incomplete, at every place', async (encoding) => {
    const whole = compressed(encoding);
    for (const length of [0, 1, 10, whole.length >> 1, whole.length - 1]) {
      const { hub } = await start(
        answering(200, { 'content-encoding': encoding }, whole.subarray(0, length)),
      );
      const error = await rejectionOf(hub.exportTree({ withCredentials: true }));
      expect({ length, code: error.code }).toEqual({ length, code: 'EXPORT_INCOMPLETE' });
    }
  });

  test.each(encodings)('by %s is measured decompressed, so that no bomb goes off', async (encoding) => {
    const bomb = compressed(encoding, ' '.repeat(64 * 1024 * 1024));
    expect(bomb.byteLength).toBeLessThan(100_000);
    const canned = await startCannedTenant(answering(200, { 'content-encoding': encoding }, bomb));
    closers.push(canned.close);
    const { hub } = connectBy(canned.enrolment(), { limits: { maxBodyBytes: 1024 * 1024 } });
    const error = await rejectionOf(hub.exportTree({ withCredentials: true }));
    expect(error).toMatchObject({ code: 'EXPORT_TOO_LARGE', facts: { maxBytes: 1024 * 1024 } });
    // Given up soon after the limit, not at the end.
    expect(error.facts['bytes']).toBeLessThan(4 * 1024 * 1024);
  });
});

describe('writes', () => {
  test('to one tenant go one at a time, in order, whichever API they are for', async () => {
    let open = 0;
    let most = 0;
    const { canned, hub, system, identity } = await start(async (response) => {
      most = Math.max(most, ++open);
      await sleep(10);
      open--;
      response.writeHead(204).end();
    });
    await Promise.all([
      system.patchDump('[1]', { mode: 'update' }),
      hub.patchTree('[2]', { format: 'rfc6902', mode: 'update', dryRun: false }),
      identity.patchDump('[3]', { mode: 'update' }),
    ]);
    expect(most).toBe(1);
    expect(canned.calls().map(({ body }) => body)).toEqual(['[1]', '[2]', '[3]']);
  });

  test('do not wait for one that has failed', async () => {
    let status = 422;
    const { system } = await start((response) => {
      response.writeHead(status).end(status === 422 ? OWN_ERROR : '');
      status = 204;
    });
    const first = rejectionOf(system.patchDump('[1]', { mode: 'update' }));
    await system.patchDump('[2]', { mode: 'update' });
    expect((await first).code).toBe('IMPORT_REFUSED');
  });

  test.each(['PUT', 'PATCH'])(
    'by %s are not repeated where it is unknown what became of them',
    async (method) => {
      const { canned, system, pauses } = await start((response) => response.destroy());
      const write = method === 'PUT' ? system.importDump : system.patchDump;
      expect((await rejectionOf(write('{}', { mode: 'update' }))).code).toBe('TENANT_UNAVAILABLE');
      expect(canned.calls()).toHaveLength(1);
      expect(pauses).toEqual([]);
    },
  );
});

describe('a client that is refused', () => {
  async function withSecretChangedTo(clientSecret: string) {
    const { sandbox } = await startWith({ name: 'Acme' });
    closers.push(() => sandbox.close());
    sandbox.changeTenant('acme', (tree) => {
      const { system } = tree['servers'] as { system: { clients: Record<string, Record<string, unknown>> } };
      for (const client of Object.values(system.clients)) client['client_secret'] = clientSecret;
    });
    return sandbox;
  }

  test('asks once more, with the secret that the enrolment has by then', async () => {
    const sandbox = await withSecretChangedTo('rotated-secret');
    let renewals = 0;
    const renew = async () => {
      renewals++;
      return enrolmentFor(sandbox, { clientSecret: 'rotated-secret' });
    };
    const { hub } = connectTo(sandbox, { renew });
    const read = () => hub.exportTree({ withCredentials: false });
    const [first] = await Promise.all([read(), read()]);
    expect(JSON.parse(String(first))).toMatchObject({ name: 'Acme' });
    expect(renewals).toBe(1);
  });

  test('gives up where the enrolment says the same as before, or names another tenant', async () => {
    const sandbox = await withSecretChangedTo('rotated-secret');
    for (const renewed of [
      enrolmentFor(sandbox),
      enrolmentFor(sandbox, { clientSecret: 'rotated-secret', issuer: sandbox.issuer('globex') }),
    ]) {
      const before = seen(sandbox, 'POST', '/oauth2/token').length;
      const { hub } = connectTo(sandbox, { renew: async () => renewed });
      const error = await rejectionOf(hub.exportTree({ withCredentials: false }));
      expect(error).toMatchObject({ code: 'AUTHENTICATION_REFUSED' });
      expect(saidBy(error)).not.toContain(CLIENT_SECRET);
      expect(seen(sandbox, 'POST', '/oauth2/token')).toHaveLength(before + 1);
    }
  });
});
