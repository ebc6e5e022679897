import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acceptsGzip } from '../../../../scripts/sandbox/routes/compression.ts';
import type { Sandbox } from '../../../../scripts/sandbox/sandbox.ts';
import { startWith } from '../support.ts';

const CONFIG = '/promote/config';
const KEY = 'k'.repeat(32);

let sandbox: Sandbox;
let clock: { advanceSeconds(seconds: number): void };
let { call, callSystem, token } = {} as Awaited<ReturnType<typeof startWith>>;
let folder: string;
let file: string;
let bearer: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  file = join(folder, 'record.jsonl');
  const tree = { name: 'Acme', servers: { customers: { name: 'x'.repeat(2000) } } };
  ({ sandbox, clock, call, callSystem, token } = await startWith(tree, { record: file }));
  bearer = await token();
});
afterEach(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

describe('an idempotency key', () => {
  const importName = (name: string, key = KEY, query = '?mode=update') =>
    call(`${CONFIG}${query}`, {
      bearer,
      body: JSON.stringify({ name }),
      headers: { 'x-idempotency-key': key },
    });
  const nameNow = () => sandbox.tenant('acme')['name'];

  it('repeats the first answer for a minute, and does nothing again', async () => {
    expect((await importName('One')).headers.get('x-idempotent-replayed')).toBeNull();
    const again = await importName('Two');
    expect([again.status, again.headers.get('x-idempotent-replayed')]).toEqual([204, 'true']);
    expect(nameNow()).toBe('One');
    // A repeat does not make the minute longer.
    clock.advanceSeconds(59);
    expect((await importName('Two')).headers.get('x-idempotent-replayed')).toBe('true');
    clock.advanceSeconds(1);
    expect((await importName('Three')).headers.get('x-idempotent-replayed')).toBeNull();
    expect(nameNow()).toBe('Three');
  });

  it('repeats refusals too, word for word', async () => {
    const first = await importName('One', KEY, '?mode=fail');
    const again = await importName('One', KEY, '?mode=fail');
    expect([again.status, await again.text()]).toEqual([422, await first.text()]);
    expect(again.headers.get('x-idempotent-replayed')).toBe('true');
  });

  it('is one for each path and query', async () => {
    await importName('One');
    await importName('Two', KEY, '?mode=update&dry_run=false');
    expect(nameNow()).toBe('Two');
  });

  it('makes up for an answer that got lost', async () => {
    sandbox.setFault('acme', { kind: 'close', when: 'after', times: 1 });
    await expect(importName('One')).rejects.toThrow();
    const again = await importName('One');
    expect([again.status, again.headers.get('x-idempotent-replayed')]).toEqual([204, 'true']);
    expect(sandbox.audit).toHaveLength(1);
  });

  it('does not keep what a proxy has refused', async () => {
    sandbox.setFault('acme', { kind: 'fail', times: 1 });
    expect((await importName('One')).status).toBe(503);
    expect((await importName('One')).status).toBe(204);
    expect(nameNow()).toBe('One');
  });

  it('is not for callers without a token', async () => {
    await importName('One');
    const headers = { 'x-idempotency-key': KEY };
    expect((await call(`${CONFIG}?mode=update`, { bearer: 'x', body: '{}', headers })).status).toBe(401);
  });

  it.each([31, 256])('of %i characters is refused with 400', async (length) => {
    expect((await importName('One', 'k'.repeat(length))).status).toBe(400);
  });
});

describe('the audit trail', () => {
  it('tells who wrote, when, and what came of it', async () => {
    const headers = { 'x-correlation-id': 'restore-1' };
    await call(`${CONFIG}?mode=update`, { bearer, body: '{"name":"A"}', headers });
    await callSystem('/configuration', { bearer, method: 'PUT', body: '[]' });
    await call(CONFIG, { bearer });
    const common = {
      at: new Date('2026-01-02T03:04:05.120Z'),
      tenant: 'acme',
      clientId: 'automation',
      dryRun: false,
    };
    expect(sandbox.audit).toEqual([
      {
        ...common,
        action: 'import_created',
        api: 'hub',
        method: 'POST',
        path: '/api/hub/acme/promote/config',
        correlationId: 'restore-1',
        mode: 'update',
        status: 204,
      },
      {
        ...common,
        action: 'import_failed',
        api: 'system',
        method: 'PUT',
        path: '/api/system/acme/configuration',
        correlationId: undefined,
        mode: undefined,
        status: 422,
      },
    ]);
  });

  it('tells what the deployment did, not what its proxy answered', async () => {
    sandbox.setFault('acme', { kind: 'fail', when: 'after' });
    expect((await call(`${CONFIG}?mode=update`, { bearer, body: '{"name":"A"}' })).status).toBe(503);
    sandbox.clearFaults();
    sandbox.setFault('acme', { kind: 'fail', when: 'before' });
    await call(`${CONFIG}?mode=update`, { bearer, body: '{"name":"B"}' });
    expect(sandbox.audit.map(({ status }) => status)).toEqual([204]);
  });
});

describe('limits', () => {
  it('answer 429 with Retry-After, and 403 request_forbidden', async () => {
    sandbox.setLimits('acme', {
      rates: { system: { rate: 1, burst: 1, periodSeconds: 30 } },
      burst: { writes: 1, withinSeconds: 15 },
    });
    expect((await callSystem('/configuration', { bearer })).status).toBe(200);
    const limited = await callSystem('/configuration', { bearer });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '30']);
    expect((await call(`${CONFIG}?mode=update`, { bearer, body: '{}' })).status).toBe(204);
    const refused = await call(`${CONFIG}?mode=update`, { bearer, body: '{}' });
    expect([refused.status, await refused.json()]).toMatchObject([403, { error_code: 'request_forbidden' }]);
    clock.advanceSeconds(15);
    expect((await call(`${CONFIG}?mode=update`, { bearer, body: '{}' })).status).toBe(204);
  });

  it('refuse writes at the same time', async () => {
    sandbox.setLimits('acme', { writesAtOnce: 1 });
    sandbox.setFault('acme', { kind: 'slow', delayMilliseconds: 200, times: 1, on: 'import' });
    const write = () => call(`${CONFIG}?mode=update`, { bearer, body: '{}' });
    const slow = write();
    while (sandbox.requests.at(-1)?.method !== 'POST' || sandbox.requests.length < 2) {
      await new Promise(setImmediate);
    }
    expect((await write()).status).toBe(403);
    expect((await slow).status).toBe(204);
    expect((await write()).status).toBe(204);
  });
});

describe('compression', () => {
  /** `fetch` would unpack the answer. */
  const get = (acceptEncoding: string) =>
    new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
      const headers = { authorization: `Bearer ${bearer}`, 'accept-encoding': acceptEncoding };
      httpRequest(`${sandbox.url}/api/hub/acme${CONFIG}`, { headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) }),
        );
        response.on('error', reject);
      })
        .on('error', reject)
        .end();
    });

  it('is used for callers that accept it', async () => {
    const plain = await get('identity');
    const packed = await get('gzip, deflate');
    expect([plain.encoding, packed.encoding]).toEqual([undefined, 'gzip']);
    expect(packed.body.length).toBeLessThan(plain.body.length / 3);
    expect(gunzipSync(packed.body)).toEqual(plain.body);
  });

  it('can be cut short like any other answer', async () => {
    sandbox.setFault('acme', { kind: 'truncate' });
    await expect(call(CONFIG, { bearer }).then((response) => response.text())).rejects.toThrow();
  });

  it.each([
    ['gzip', true],
    ['br, gzip;q=0.5', true],
    ['GZIP', true],
    ['gzip;q=0', false],
    ['gzip; q=0.000', false],
    ['br', false],
    ['xgzip', false],
    [undefined, false],
  ])('is accepted by %j: %j', (header, accepted) => {
    expect(acceptsGzip(header)).toBe(accepted);
  });
});

it('record writes every request and answer as a line', async () => {
  sandbox.setFault('acme', { kind: 'fail', on: 'import', times: 1 });
  await call(`${CONFIG}?mode=update`, { bearer, body: '{"name":"A"}' });
  await call(`${CONFIG}?with_credentials=true`, { bearer });
  const lines = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(lines).toMatchObject([
    { method: 'POST', path: '/acme/system/oauth2/token', status: 200, fault: null },
    { method: 'POST', query: { mode: 'update' }, requestBody: null, status: 503, fault: 'fail' },
    {
      method: 'GET',
      path: '/api/hub/acme/promote/config',
      query: { with_credentials: 'true' },
      status: 200,
      responseBody: JSON.stringify(sandbox.tenant('acme')),
      fault: null,
    },
  ]);
});
