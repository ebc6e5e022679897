import { GetObjectCommand, GetObjectTaggingCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stateOfRequest } from '../../functions/backup/request-state.ts';
import { stringifyJson } from '../../functions/config/json/json.ts';
import type { Json, JsonObject } from '../../functions/config/json/json-value.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import { openBackup } from '../../functions/vault/backup-archive.ts';
import { trustedKeysOf } from '../../functions/vault/keys/key-registry.ts';
import { PLAIN_AWS } from '../../scripts/local/awkward.ts';
import { readLambdaLogs } from '../../scripts/local/lambda-logs.ts';
import {
  CANARY,
  dumpOfPatterns,
  MASKS,
  REFUSED,
  replaced,
  treeOfPatterns,
} from '../config/credentials/planted.ts';
import { readDeadLetters } from '../dead-letters.ts';
import { clientsInProcess, type Deployed, deploy, untilListed } from '../deployed.ts';
import { hoursAgo } from '../nights.ts';
import { startCannedTenant } from '../tenant/canned-tenant.ts';

/** Two nights of tenants with a secret in every known place, whose exports without credentials hide them in every wrong way:
 * backups, plans and an audit by the deployed functions leave a secret in none of their records. */

interface Exports {
  readonly full: Json;
  readonly mask: Json;
  readonly dump: Json;
}

const tree = treeOfPatterns();
const dump = dumpOfPatterns();
let shown = 0;
const everyOther = (secret: string) => (shown++ % 2 === 0 ? secret : '********');

/** The ways in which a redaction fails, by tenant. */
const WAYS: ReadonlyMap<string, { readonly way: string; readonly exports: Exports }> = new Map(
  [
    ...Object.entries({ ...MASKS, ...REFUSED }).map(([way, maskOf]): [string, Exports] => [
      `the export without credentials ${way}`,
      { full: tree, mask: maskOf(tree), dump },
    ]),
    [
      'both exports hide every other secret',
      { full: replaced(tree, everyOther), mask: replaced(tree, () => ''), dump: replaced(dump, everyOther) },
    ] as [string, Exports],
  ].map(([way, exports], index) => [`tenant-${index}`, { way, exports }]),
);
const TENANTS = [...WAYS.keys()];

/** The tenants rotate all secrets between the nights. */
const rotated = (document: Json): Json => replaced(document as JsonObject, (secret) => `${secret}-rotated`);
const NIGHTS = [hoursAgo(0.02), hoursAgo(0.01)] as const;
const PATIENCE = { timeout: 240_000, interval: 500 };

let deployed: Deployed;
let canned: Awaited<ReturnType<typeof startCannedTenant>>;
let clients: Clients;
let night = 0;
/** Answers of the functions that a person invokes, errors included. */
const answers: unknown[] = [];

beforeAll(async () => {
  deployed = await deploy({ maxReceiveCount: 1, retryDelaySeconds: 0 }, PLAIN_AWS);
  canned = await startCannedTenant((response, { url }) => {
    const { pathname, searchParams } = new URL(url, 'http://any');
    const { exports } = WAYS.get(TENANTS.find((id) => pathname.split('/').includes(id)) ?? '') ?? {};
    if (exports === undefined) return response.writeHead(404).end();
    const { full, mask } = exports;
    const hub = searchParams.get('with_credentials') === 'true' ? full : mask;
    const document = pathname.includes('/api/hub/') ? hub : exports.dump;
    const present = night === 0 || document === null ? document : rotated(document);
    return response.setHeader('content-type', 'application/json').end(stringifyJson(present));
  });
  clients = await clientsInProcess(deployed);
  for (const id of TENANTS) {
    const { issuer } = canned.enrolment({}, `/${id}/system`);
    const enrolment = {
      issuer,
      clientId: 'backup',
      clientSecret: `${CANARY}-enrolment`,
      parts: ['hub', 'system'],
    };
    await deployed.deployment.enrolments.add(id, JSON.stringify(enrolment), 'nightly');
  }
  await untilListed(deployed, TENANTS);
  await backUpAll();
  night = 1;
  for (const tenant of TENANTS) {
    await invoke('planFunction', { tenant, credentials: 'restore', prune: true });
  }
  await backUpAll();
  for (const tenant of TENANTS) await invoke('statusFunction', { tenant });
  await invoke('auditFunction', {});
}, 300_000);

afterAll(async () => {
  canned?.close();
  await deployed?.close();
});

async function invoke(name: 'planFunction' | 'statusFunction' | 'auditFunction', event: object) {
  answers.push(
    await deployed.deployment
      .invoke(name, event)
      .catch(({ code, message }: { code: string; message: string }) => ({ code, message })),
  );
}

async function backUpAll(): Promise<void> {
  const request = { tier: 'daily', scheduledTime: NIGHTS[night] as string } as const;
  await deployed.deployment.invoke('dispatchFunction', { schedule: 'nightly', ...request });
  for (const tenant of TENANTS) {
    const isOver = async () => {
      const { state } = await stateOfRequest({ tenant, ...request }, clients);
      return state === 'stored' || state === 'failed';
    };
    await vi.waitUntil(isOver, PATIENCE);
  }
}

/** Returns all that a bucket says without a key: keys, metadata, tags and bytes of all versions. */
async function textOf(bucket: 'vaultBucket' | 'ledgerBucket'): Promise<string> {
  const { s3, output } = deployed.deployment;
  const Bucket = output(bucket);
  const texts: string[] = [];
  const { Versions = [], IsTruncated } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  expect(IsTruncated).toBe(false);
  for (const { Key, VersionId } of Versions) {
    const { Body, ...head } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
    const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }));
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    texts.push(`${Key} ${JSON.stringify([head, TagSet])} ${bytes.toString('latin1')}`);
  }
  return texts.join('\n');
}

/** Where people and other systems read what was done, and what the texts there must say at least. */
const RECORDS: readonly (readonly [where: string, text: () => Promise<string>, says: readonly string[]])[] = [
  [
    'log line',
    () => readLambdaLogs(deployed.localAws),
    ['backup done', 'backup failed', 'plan made', 'audit done'],
  ],
  [
    'entry or page of the ledger',
    () => textOf('ledgerBucket'),
    [
      ...['tries/', 'failures/', 'plans/', 'reports/audit/', 'reports/tenants/'],
      ...['reports/report.html', '</html>', 'EXPORT_INCONSISTENT', 'CREDENTIALS_BLANK'],
    ],
  ],
  [
    'metadata, tag, manifest or sealed byte of a backup',
    () => textOf('vaultBucket'),
    ['daily/tenant-0.tar', '"Metadata":', '"backupId":'],
  ],
  [
    'dead letter',
    async () => JSON.stringify(await readDeadLetters(deployed.deployment)),
    ['EXPORT_INCONSISTENT', 'EXPORT_MALFORMED', 'CREDENTIALS_BLANK'],
  ],
  [
    'answer of a function',
    async () => JSON.stringify(answers),
    ['"secret":true', '"credentialsDiffering"', '"text":', '"auditedAt"', '"EXPORT_INCONSISTENT"'],
  ],
];

describe('a secret in every known place, badly redacted', () => {
  it.each(RECORDS)('is in no %s', async (_, text, says) => {
    const found = await text();
    expect(says.filter((words) => !found.includes(words))).toEqual([]);
    expect(found.split('\n').filter((line) => line.includes(CANARY))).toEqual([]);
  });

  it('is in the credentials of every backup, and in no configuration', async () => {
    const registered = await clients.keyRegistry.list();
    const documents = new Set<string>();
    for (const tenant of TENANTS) {
      const opener = clients.sealer.opener(trustedKeysOf(registered, tenant, undefined));
      const expected = { tenant, signers: clients.trustedSigners, maxPartBytes: 1e8 };
      for (const version of await clients.vault.listVersions('daily', tenant)) {
        const bytes = await clients.vault.get(version, { maxBytes: 1e8 });
        const archive = await openBackup(bytes, expected, opener);
        for (const { name } of archive.manifest.parts) {
          documents.add(name);
          expect((await archive.open(name)).includes(CANARY), `${name}: ${WAYS.get(tenant)?.way}`).toBe(
            name.endsWith('.credentials'),
          );
        }
      }
    }
    expect([...documents].sort()).toEqual([
      'hub.config',
      'hub.credentials',
      'system.config',
      'system.credentials',
    ]);
  });
});
