import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { LATEST_KEY } from '../../../functions/audit/report-store.client.ts';
import { type PlanAnswer, planAnswer } from '../../../functions/plan/plan-answer.ts';
import type { Plan } from '../../../functions/plan/plan-document.ts';
import type { RestoreReport } from '../../../functions/restore/parts/restore-report.ts';
import { ENROLMENT_PREFIX, OutputName } from '../../../functions/runtime/names.ts';
import { MANIFEST_FILE, partFile, SIGNATURE_FILE } from '../../../functions/vault/format/archive.ts';
import { localSigner } from '../../../scripts/bench/local-signer.ts';
import { publicKeyAnswer, signedRecord } from '../../ledger-records.ts';
import { pack, textOf } from '../../vault/forged-archive.ts';

/** What an id of a tenant, a text of an archive or an answer of a server may be: it erases the line that it is on, ends it, and
 * writes lines of its own, in colours, titles and the other direction. */
export const EVIL =
  'x\u001b[2K\u001b[1A\u001b[32mverified\u001b[0m\r\n\nFORGED line\u2028FORGED line\u0085FORGED \u202egnp.exe\u009b2J\u0007\u001b]0;owned\u001b\\\u001b]52;c;Y3VybA==\u0007\u200b\u2066\u0000';
const AT = '2026-01-31T02:00:00.000Z';
const BACKUP = { backupId: `20260131T020000Z-5f053ef9${EVIL}`, tenant: EVIL, tier: 'daily', versionId: EVIL };
const NOTES = [
  { code: 'REFERENCE_MISSING', message: `problem of ${EVIL}`, pointer: `/a/${EVIL}`, pointers: [EVIL] },
];

const CHANGES = [
  {
    type: 'client',
    id: EVIL,
    workspace: EVIL,
    pointer: '/x',
    name: EVIL.slice(1),
    kind: 'created',
    isDependency: false,
    properties: [{ pointer: `/x/${EVIL}`, old: EVIL, new: { [EVIL]: EVIL }, secret: false }],
  },
];

const PLAN = {
  planId: EVIL,
  tenant: EVIL,
  createdAt: AT,
  parts: ['hub'],
  otherParts: ['identity'],
  desired: { kind: 'backup', storedAt: AT, ...BACKUP },
  actual: { kind: 'live', tenant: EVIL, issuer: EVIL, exportedAt: EVIL },
  isEmpty: false,
  credentialsCompared: true,
  needsCredentialChoice: false,
  counts: { created: 1 },
  changes: CHANGES,
  leftOut: [EVIL],
  problems: NOTES,
  warnings: NOTES,
} as unknown as Plan;

const PART = {
  counts: { created: 1, [EVIL]: 2 },
  compared: 1,
  equal: 1,
  extra: 0,
  outside: { compared: 0, equal: 0 },
  differing: [{ pointer: EVIL, kind: 'created' }],
  leftOut: [EVIL],
  problems: NOTES,
  warnings: NOTES,
};

const REPORT = {
  ...PART,
  verdict: 'planned',
  outcome: null,
  operationId: EVIL,
  operation: 'restore',
  tenant: EVIL,
  mode: 'update',
  dryRun: true,
  changes: CHANGES,
  backup: BACKUP,
  safetyBackup: EVIL,
  parts: { hub: PART, [EVIL]: PART },
  otherParts: [EVIL],
} as unknown as RestoreReport;

const OPERATION = {
  operationId: EVIL,
  operation: EVIL,
  tenant: EVIL,
  phase: EVIL,
  phases: [
    { phase: EVIL, at: AT, part: EVIL },
    { phase: EVIL, at: AT, part: EVIL },
  ],
  requestedBy: EVIL,
  parts: ['hub', EVIL],
  backup: BACKUP,
  safetyBackup: EVIL,
  error: { code: EVIL, message: EVIL },
  activity: 'ended',
  seconds: 1,
  outcome: EVIL,
  next: { say: EVIL, requests: { [EVIL]: { tenant: EVIL, versionId: EVIL, mode: EVIL } } },
  lockedBy: EVIL,
  passedOver: [EVIL],
};

const STATUS = {
  tenant: EVIL,
  operation: OPERATION,
  backup: {
    state: 'retrying',
    retryAt: AT,
    deliveries: 1,
    maxDeliveries: 5,
    code: EVIL,
    message: EVIL,
    request: { tenant: EVIL, tier: EVIL, scheduledTime: AT },
    backup: { tier: EVIL, versionId: EVIL, sizeBytes: 1, storedAt: AT },
  },
};

const DRILL = {
  ...PART,
  tenant: EVIL,
  id: AT,
  at: AT,
  into: EVIL,
  verdict: 'verified',
  credentials: EVIL,
  backup: BACKUP,
  seconds: 1,
  phases: [{ phase: EVIL, seconds: 1 }],
  notDrilled: [EVIL],
};

const AUDIT = {
  format: 'tenant-backup-audit',
  formatVersion: 1,
  auditedAt: AT,
  ok: false,
  counts: { tenants: 1, fresh: 1, versions: 1, bytes: 1 },
  tenants: [
    {
      tenant: EVIL,
      schedule: EVIL,
      freshness: EVIL,
      newest: { ...BACKUP, ageSeconds: 1, sizeBytes: 1, objects: 1, verdict: EVIL },
      versions: 1,
      bytes: 1,
    },
  ],
  findings: [{ id: EVIL, severity: 'alarm', tenant: EVIL, code: 'NO_BACKUP', message: EVIL, since: AT }],
};

/** Needs no key to make. A manifest holds printable ASCII alone, so that this one is refused: what is shown of it is the refusal. */
export function hostileArchive(): Uint8Array {
  const part = Buffer.from('not sealed at all');
  const manifest = {
    format: 'tenant-backup',
    formatVersion: 1,
    backupId: '20260131T020000Z-5f053ef9',
    tenant: 'acme',
    scheduledTime: '2026-01-31T02:00:00Z',
    exportedAt: '2026-01-31T02:00:00Z',
    trigger: 'schedule',
    tier: 'daily',
    source: { issuer: `https://acme.example/acme/system${EVIL}`, shape: 'tenant' },
    software: { name: 'tenant-backup', version: EVIL.slice(0, 60) },
    signedBy: '0'.repeat(64),
    previous: { versionId: EVIL, etag: EVIL },
    resealed: null,
    objects: { tenant: 1 },
    credentials: {},
    warnings: {},
    parts: [
      {
        name: 'hub.config',
        plainBytes: 1,
        sealedBytes: part.length,
        sealedSha256: createHash('sha256').update(part).digest('hex'),
        recipients: [{ type: 'kms', keyArn: EVIL }],
      },
    ],
    [EVIL]: EVIL,
  };
  return pack([
    { name: MANIFEST_FILE, content: Buffer.from(textOf(manifest)) },
    { name: SIGNATURE_FILE, content: Buffer.alloc(70) },
    { name: partFile('hub.config'), content: part },
  ]);
}

const ANSWERS: Readonly<Record<string, unknown>> = {
  PlanFunction: planAnswer(PLAN, new Date()) satisfies PlanAnswer,
  RestoreFunction: REPORT,
  StatusFunction: STATUS,
  DrillFunction: DRILL,
  AuditFunction: AUDIT,
  DispatchFunction: { tenants: 1, tier: 'manual', scheduledTime: '2026-01-31T02:00:00Z' },
};

/** An AWS whose every answer holds such texts.
 * @param functionsFail their errors hold them, instead of their answers */
export async function startHostileAws(functionsFail: boolean): Promise<{ endpoint: string; close(): void }> {
  const server = createServer(
    (request, response) =>
      void answer(request, response, functionsFail).catch((error: Error) => response.destroy(error)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { endpoint: `http://127.0.0.1:${port}`, close: () => closeNow(server) };
}

function closeNow(server: Server): void {
  server.closeAllConnections();
  server.close();
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  functionsFail: boolean,
): Promise<void> {
  const body = await text(request);
  const target = String(request.headers['x-amz-target'] ?? '');
  const url = new URL(request.url ?? '/', 'http://aws.example');
  const [, name = ''] = /functions\/([^/]+)\/invocations/.exec(url.pathname) ?? [];
  if (name !== '') {
    response.setHeader('content-type', 'application/json');
    if (functionsFail) response.setHeader('x-amz-function-error', 'Unhandled');
    const failure = { errorType: 'CHANGE_IMPOSSIBLE', errorMessage: `problem of ${EVIL}` };
    response.end(JSON.stringify(functionsFail ? failure : ANSWERS[name]));
  } else if (body.includes('Action=DescribeStacks')) {
    response.end(stackXml());
  } else if (body.includes('Action=GetCallerIdentity')) {
    response.end(
      '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/me</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>',
    );
  } else if (target.startsWith('secretsmanager.')) {
    const Tags = [
      { Key: 'tenant-backup:schedule', Value: EVIL },
      { Key: 'tenant-backup:lane', Value: EVIL },
    ];
    const secret = { Name: 'tenant-backup/tenants/acme', Tags };
    const SecretString = JSON.stringify({ [EVIL]: EVIL });
    response.end(
      JSON.stringify({
        SecretList: [secret, { ...secret, Name: `${secret.Name}${EVIL}` }],
        ...secret,
        SecretString,
      }),
    );
  } else if (target.startsWith('TrentService.GetPublicKey')) {
    response.end(publicKeyAnswer(auditor));
  } else if (target.startsWith('TrentService.ListAliases')) {
    response.end(JSON.stringify({ Aliases: [] }));
  } else if (url.pathname.startsWith('/schedules')) {
    response.end(JSON.stringify({ Schedules: [{ Name: EVIL, State: EVIL }] }));
  } else if (url.searchParams.has('versions')) {
    response.end(versionsXml());
  } else if (url.searchParams.has('list-type')) {
    response.end('<ListBucketResult></ListBucketResult>');
  } else if (url.pathname.endsWith('.tar')) {
    response.end(hostileArchive());
  } else if (url.pathname.endsWith('reports/latest.json')) {
    response.end(JSON.stringify(signedRecord(LATEST_KEY, AUDIT, auditor)));
  } else {
    response.statusCode = 400;
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ __type: 'SomeException', message: EVIL }));
  }
}

const auditor = localSigner();

/** The outputs of a stack. */
export function stackXml(): string {
  const outputs = Object.values(OutputName).map(
    (name) =>
      `<member><OutputKey>${name}</OutputKey><OutputValue>${outputValue(name)}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>TenantBackup</StackName><Outputs>${outputs.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
}

const outputValue = (name: string): string => {
  if (name === OutputName.operatorPolicies) return '{}';
  if (name === OutputName.trustedSigningKeys) return '[]';
  if (name === OutputName.ledgerKeys) return '{"keys":{"audit":"key"}}';
  if (name === OutputName.enrolmentPrefix) return ENROLMENT_PREFIX;
  return name.endsWith('Bucket') ? name.toLowerCase() : name;
};

/** XML cannot write control characters, but format ones. */
const versionsXml = (): string =>
  `<ListVersionsResult><Version><Key>daily/acme.tar</Key><VersionId>\u202egnp\u2028FORGED</VersionId><IsLatest>true</IsLatest><LastModified>${AT}</LastModified><Size>${hostileArchive().byteLength}</Size><ETag>"e"</ETag></Version></ListVersionsResult>`;
