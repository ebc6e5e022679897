import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { VersionRecord } from '../../../../../functions/audit/history.ts';
import { localSigner } from '../../../../../scripts/bench/local-signer.ts';
import { publicKeyAnswer, signedRecord } from '../../../../ledger-records.ts';
import { runHere } from '../../command-tree.ts';
import { stackXml } from '../../hostile-aws.ts';

/** The command against an AWS whose vault has two nights of `acme`. The audit has flagged the last one. */

const AT = (night: number) => `2026-01-0${night}T02:00:05.000Z`;
const record = (night: number, flags: string[]): VersionRecord => ({
  tier: 'daily',
  versionId: `night-${night}`,
  etag: `"${night}"`,
  storedAt: AT(night),
  sizeBytes: 1,
  gone: false,
  verdict: 'ok',
  problem: null,
  uploadedBy: null,
  manifest: null,
  change: null,
  flags,
});
const HISTORY = {
  formatVersion: 1,
  tenant: 'acme',
  versions: [record(2, ['BACKUP_SHRANK', 'MASS_CHANGE']), record(1, [])],
  failures: [],
  checks: [],
  events: [],
};
const auditor = localSigner();
const STORED = JSON.stringify(signedRecord('reports/tenants/acme.json', HISTORY, auditor));
const version = (night: number) =>
  `<Version><Key>daily/acme.tar</Key><VersionId>night-${night}</VersionId><LastModified>${AT(night)}</LastModified><Size>1</Size><ETag>"${night}"</ETag></Version>`;

const LISTED = `<ListBucketResult><Contents><Key>reports/tenants/acme.json</Key><ETag>"x"</ETag><Size>${STORED.length}</Size><LastModified>${AT(2)}</LastModified></Contents></ListBucketResult>`;

let server: Server;
/** Requests to the functions that plan and restore. */
let asked: { readonly name: string; readonly event: Readonly<Record<string, unknown>> }[];
let canReadLedger: boolean;

async function answer(request: IncomingMessage): Promise<[status: number, body: string]> {
  const body = await text(request);
  const url = new URL(request.url ?? '/', 'http://aws.example');
  const [, name] = /functions\/([^/]+)\/invocations/.exec(url.pathname) ?? [];
  if (name !== undefined) {
    if (name !== 'StatusFunction') asked.push({ name, event: JSON.parse(body) });
    return [200, '{"errorType":"NO_BACKUP","errorMessage":"the test ends here"}'];
  }
  if (request.headers['x-amz-target'] === 'TrentService.GetPublicKey') return [200, publicKeyAnswer(auditor)];
  if (body.includes('Action=DescribeStacks')) return [200, stackXml()];
  if (url.searchParams.has('versions')) {
    const isDaily = url.searchParams.get('prefix')?.startsWith('daily/');
    return [200, `<ListVersionsResult>${isDaily ? version(2) + version(1) : ''}</ListVersionsResult>`];
  }
  if (url.pathname.startsWith('/ledgerbucket/')) {
    if (!canReadLedger) return [403, '<Error><Code>AccessDenied</Code><Message>no</Message></Error>'];
    return [200, url.searchParams.has('list-type') ? LISTED : STORED];
  }
  return [404, '<Error><Code>NoSuchVersion</Code><Message>no</Message></Error>'];
}

beforeEach(async () => {
  [asked, canReadLedger] = [[], true];
  server = createServer(
    (request, response) =>
      void answer(request).then(([status, body]) => {
        response.setHeader('etag', '"x"');
        response.setHeader('last-modified', 'Fri, 02 Jan 2026 02:00:05 GMT');
        if (request.url?.includes('/invocations')) response.setHeader('x-amz-function-error', 'Unhandled');
        response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body);
      }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_PROFILE', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

const FLAGGED = /the audit flagged this backup: BACKUP_SHRANK, MASS_CHANGE; .* acme@good/;

describe('a newest backup that the audit flagged', () => {
  test.each([[[]], [['--as-of', '2026-01-03']], [['--tier', 'daily']]])(
    'is refused without a question, whatever leads to it: %j',
    async (more) => {
      const { code, stderr } = await runHere(['restore', 'acme', '--yes', ...more]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^BACKUP_FLAGGED: the audit flagged backup night-2 of "acme": BACKUP_SHRANK/m);
      expect(stderr).toMatch(/restore acme@good/);
      expect(asked).toEqual([]);
    },
  );

  test.each([['restore', '--yes', '--allow-flagged'], ['restore', '--dry-run'], ['restore'], ['plan']])(
    'is named, and asked for by its id: %s',
    async (verb, ...options) => {
      const { stderr } = await runHere([verb, 'acme', ...options]);
      expect(stderr).toMatch(FLAGGED);
      expect(asked).toMatchObject([{ event: { versionId: 'night-2' } }]);
    },
  );

  test.each([
    ['acme@good', 'night-1'],
    ['acme@night-2', 'night-2'],
  ])('is no matter where a person names one: %s', async (name, versionId) => {
    for (const line of [
      ['restore', name, '--yes'],
      ['plan', name],
      ['diff', name],
    ]) {
      asked = [];
      const { stderr } = await runHere(line);
      expect(stderr).not.toMatch(/flagged/);
      const [{ event } = { event: {} }] = asked as { event: { versionId?: string; actual?: object } }[];
      expect({ ...event, ...event.actual }).toMatchObject({ versionId });
    }
  });

  test('is restored if the ledger cannot be read, and the command says so', async () => {
    canReadLedger = false;
    const { stderr } = await runHere(['restore', 'acme', '--yes']);
    expect(stderr).toMatch(/what the audit says of this backup cannot be read: AWS_ACCESS_DENIED/);
    expect(asked).toMatchObject([{ name: 'RestoreFunction', event: { tenant: 'acme' } }]);
  });
});
