import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../functions/errors.ts';
import {
  type Exchange,
  errorCodesOf,
  failureOf,
  retryAfterSeconds,
} from '../../../functions/tenant/http/response.ts';
import { saidBy } from '../../rejection.ts';

const answer = (status: number, body: unknown = '', headers: Record<string, string | string[]> = {}) => ({
  status,
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

const URL_OF_HUB = new URL('https://acme.example.com/api/hub/acme/promote/config');
/** The facts of an answer without headers. */
const UNNAMED = { host: 'acme.example.com', contentType: 'none', server: 'unknown' };
const EXPORT = { what: 'export', kind: 'export', api: 'hub', url: URL_OF_HUB } as const;

/** An error as SecureAuth words it. */
const own = (status: number) => ({ status_code: status, error: 'Refused', error_code: 'refused' });

/** What others than SecureAuth answer. */
const FOREIGN_BODIES = [
  '',
  '<html>canary</html>',
  '404 page not found canary',
  '{"message":"no Route matched canary"}',
  '{"error":{"canary":1}}',
  '[]',
  'null',
];

const judge = (status: number, body?: unknown, exchange: Exchange = 'import') =>
  failureOf(answer(status, body), {
    what: 'import into acme',
    kind: exchange,
    api: 'hub',
    url: URL_OF_HUB,
  });

describe('failureOf', () => {
  test.each([200, 201, 204])('takes %i for a success', (status) => {
    expect(judge(status)).toBeNull();
  });

  test.each<[status: number, onImport: ErrorCode, onExport: ErrorCode]>([
    [301, 'UNEXPECTED_RESPONSE', 'UNEXPECTED_RESPONSE'],
    [400, 'IMPORT_REFUSED', 'UNEXPECTED_RESPONSE'],
    [401, 'AUTHENTICATION_REFUSED', 'AUTHENTICATION_REFUSED'],
    [403, 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    [404, 'TENANT_NOT_FOUND', 'TENANT_NOT_FOUND'],
    [405, 'UNEXPECTED_RESPONSE', 'UNEXPECTED_RESPONSE'],
    [409, 'IMPORT_CONFLICT', 'UNEXPECTED_RESPONSE'],
    [412, 'UNEXPECTED_RESPONSE', 'UNEXPECTED_RESPONSE'],
    [413, 'IMPORT_REFUSED', 'UNEXPECTED_RESPONSE'],
    [422, 'IMPORT_REFUSED', 'UNEXPECTED_RESPONSE'],
    [429, 'TENANT_THROTTLED', 'TENANT_THROTTLED'],
    [500, 'TENANT_UNAVAILABLE', 'TENANT_UNAVAILABLE'],
    [502, 'TENANT_UNAVAILABLE', 'TENANT_UNAVAILABLE'],
    [503, 'TENANT_UNAVAILABLE', 'TENANT_UNAVAILABLE'],
  ])('calls %i %s for an import and %s for an export', (status, onImport, onExport) => {
    expect(judge(status, own(status))).toMatchObject({ code: onImport, facts: { status } });
    expect(judge(status, own(status), 'export')).toMatchObject({ code: onExport, facts: { status } });
  });

  test.each([400, 403, 404, 405, 409, 413, 422])(
    'believes no %i that SecureAuth has not worded itself, and says who answered',
    (status) => {
      for (const body of FOREIGN_BODIES) {
        for (const kind of ['import', 'export'] as const) {
          const failure = failureOf(answer(status, body, { 'content-type': 'text/html; charset=utf-8' }), {
            ...EXPORT,
            kind,
          });
          expect(failure).toMatchObject({
            code: 'UNEXPECTED_RESPONSE',
            message: expect.stringContaining(
              `was answered ${status} by acme.example.com with content type text/html, which is no answer of SecureAuth`,
            ),
            facts: { status, host: 'acme.example.com', contentType: 'text/html', foreign: true },
          });
          expect(failure && saidBy(failure)).not.toMatch(/canary/i);
        }
      }
    },
  );

  test.each([undefined, '', 'canary', 'canary canary', `text/${'canary'.repeat(20)}`])(
    'repeats no content type that is none: %s',
    (type) => {
      const failure = failureOf(answer(404, '', type === undefined ? {} : { 'content-type': type }), EXPORT);
      expect(failure?.facts['contentType']).toBe('none');
    },
  );

  test.each([
    ['nginx/1.27.1', 'nginx'],
    ['cloudflare', 'cloudflare'],
    ['awselb/2.0', 'awselb'],
    ['Apache (Debian)', 'Apache'],
    [undefined, 'unknown'],
    ['', 'unknown'],
    ['<canary>', 'unknown'],
    ['canary\u001b[2K', 'unknown'],
    ['canary'.repeat(20), 'unknown'],
  ])('names the server of %s as %s, and no other text of the header', (server, named) => {
    const headers = { 'content-type': 'text/html', ...(server !== undefined && { server }) };
    const failure = failureOf(answer(503, '<html>', headers), EXPORT);
    expect(failure).toMatchObject({ code: 'TENANT_UNAVAILABLE', facts: { server: named } });
    expect(failure?.message).toBe(
      `export was answered 503 by acme.example.com${named === 'unknown' ? '' : ` (${named})`} with content type text/html`,
    );
  });

  test.each<[shape: string, body: object, facts: object, reason: string]>([
    [
      'the configuration APIs',
      { status_code: 422, error: 'Document is broken', error_code: 'unprocessable_entity', details: {} },
      { status: 422, errorCode: 'unprocessable_entity' },
      'unprocessable_entity',
    ],
    [
      'the token endpoint',
      { error: 'invalid_request', error_description: 'parameter x is given twice' },
      { status: 422, error: 'invalid_request' },
      'invalid_request',
    ],
    [
      'the token endpoint of older builds',
      { error: 'invalid_request', error_hint: 'hint', error_code: 42 },
      { status: 422, error: 'invalid_request' },
      'invalid_request',
    ],
  ])('finds the code in the shape of %s', (_shape, body, facts, reason) => {
    const failure = judge(422, body);
    expect(failure?.facts).toEqual({ ...UNNAMED, ...facts });
    expect(failure?.message).toBe(`import into acme was answered 422 (${reason})`);
  });

  test.each([
    { error: 'Request forbidden', error_code: 'request_forbidden' },
    { error: 'request_forbidden' },
    { error: 'request_forbidden', error_code: 'forbidden' },
  ])('takes a burst refusal %j for throttling, and waits as long as bursts need', (body) => {
    expect(judge(403, body)).toMatchObject({
      code: 'TENANT_THROTTLED',
      disposition: 'retry',
      facts: { retryAfterSeconds: 15 },
    });
  });

  test('names scope and feature for any other 403', () => {
    expect(judge(403, { error_code: 'insufficient_scope' })?.message).toBe(
      'import into acme was answered 403 (insufficient_scope): the client needs the scope, ' +
        'and the tenant the feature tree_dump_tenant; without the feature, set "parts": ["system"] in the enrolment',
    );
  });

  test('waits as long as a throttled tenant asks for', () => {
    const throttled = failureOf(answer(429, '', { 'retry-after': '7' }), EXPORT);
    expect(throttled?.facts).toEqual({ ...UNNAMED, status: 429, retryAfterSeconds: 7 });
    expect(failureOf(answer(429, '', { 'retry-after': ['3', '9'] }), EXPORT)?.facts).toMatchObject({
      retryAfterSeconds: 3,
    });
  });

  test('repeats no text of a body, which may hold what was sent', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(400, 401, 403, 404, 409, 422, 429, 500),
        fc.constantFrom(
          'canary secret',
          'Canary-1',
          'canary.1',
          'CANARY',
          `canary${'9'.repeat(20)}`,
          'canary ',
        ),
        fc.constantFrom('error', 'error_code', 'error_description', 'error_hint', 'details', 'cause'),
        (status, canary, member) => {
          const failure = judge(status, { [member]: canary });
          expect(failure && saidBy(failure)).not.toMatch(/canary/i);
        },
      ),
    );
  });
});

describe('errorCodesOf', () => {
  test.each([
    '',
    'null',
    '[]',
    '"invalid_client"',
    '<html><body>502 Bad Gateway</body></html>',
    '{"error":',
    JSON.stringify({ error: { code: 'x' }, error_code: ['x'] }),
    JSON.stringify({ error: 'x'.repeat(65) }),
    JSON.stringify({ error: 'invalid_client', padding: ' '.repeat(70_000) }),
  ])('finds none in %.60s', (text) => {
    expect(errorCodesOf(Buffer.from(text))).toEqual({});
  });
});

describe('retryAfterSeconds', () => {
  const date = 'Sat, 31 Jan 2026 02:00:00 GMT';

  test.each<[value: string | null | undefined, seconds: number]>([
    ['0', 0],
    ['1', 1],
    [' 120 ', 120],
    ['3600', 3600],
    ['3601', 3600],
    ['99999999999999999999999', 3600],
    ['Sat, 31 Jan 2026 02:00:30 GMT', 30],
    ['Sat, 31 Jan 2026 01:59:30 GMT', 0],
    ['Sun, 01 Feb 2026 02:00:00 GMT', 3600],
    ['-5', 0],
    ['1.5', 0],
    ['soon', 0],
    ['', 0],
    [null, 0],
    [undefined, 0],
  ])('reads %j as %i seconds', (value, seconds) => {
    expect(retryAfterSeconds(value, date)).toBe(seconds);
  });

  test('does not believe a date without the date of the answer', () => {
    expect(retryAfterSeconds('Sat, 31 Jan 2026 02:00:30 GMT', null)).toBe(0);
    expect(retryAfterSeconds('Sat, 31 Jan 2026 02:00:30 GMT', 'yesterday')).toBe(0);
  });

  test('is a whole number of seconds from 0 to an hour for any header', () => {
    fc.assert(
      fc.property(fc.option(fc.string()), fc.option(fc.string()), (value, sent) => {
        const seconds = retryAfterSeconds(value, sent);
        expect(Number.isInteger(seconds) && seconds >= 0 && seconds <= 3600).toBe(true);
      }),
    );
  });
});
