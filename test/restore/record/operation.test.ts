import { describe, expect, test } from 'vitest';
import { type Activity, activityOf, adviseOn } from '../../../functions/restore/operation-advice.ts';
import {
  beginOperation,
  enterPhase,
  isEnd,
  mayHaveWritten,
  type OperationRecord,
  PHASES,
  type Phase,
} from '../../../functions/restore/record/operation.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 31, 3, 0, second));

const begun = beginOperation(
  {
    operationId: 'op-1',
    operation: 'restore',
    tenant: 'acme',
    requestedBy: null,
    requestId: 'request-1',
    request: { tenant: 'acme', mode: 'update', asOf: '2026-01-31T02:00:00Z' },
    backup: {
      tenant: 'acme',
      tier: 'daily',
      versionId: 'v1',
      backupId: 'b1',
      storedAt: '2026-01-31T02:00:10Z',
    },
  },
  at(0),
);

/** A record that has gone through phases. */
const record = (phases: readonly Phase[], news: Partial<OperationRecord> = {}): OperationRecord =>
  phases.reduce((current, phase, index) => enterPhase(current, phase, at(index + 1)), { ...begun, ...news });

const UP_TO_IMPORT: readonly Phase[] = ['planned', 'saving', 'saved', 'importing'];

describe('a record', () => {
  test('has every phase with its time, and what became known', () => {
    const saved = enterPhase(record(['planned', 'saving']), 'saved', at(9), { safetyBackup: 's1' });
    expect(saved).toMatchObject({ phase: 'saved', safetyBackup: 's1', backup: { versionId: 'v1' } });
    expect(saved.phases).toEqual([
      { phase: 'locked', at: '2026-01-31T03:00:00.000Z' },
      { phase: 'planned', at: '2026-01-31T03:00:01.000Z' },
      { phase: 'saving', at: '2026-01-31T03:00:02.000Z' },
      { phase: 'saved', at: '2026-01-31T03:00:09.000Z' },
    ]);
  });

  test('admits a write from the moment that one is about to begin', () => {
    expect(mayHaveWritten(record(['planned', 'saving', 'saved', 'failed']))).toBe(false);
    expect(mayHaveWritten(record([...UP_TO_IMPORT, 'verifying', 'failed']))).toBe(true);
    expect(mayHaveWritten(record(['planned', 'saving', 'saved', 'pruning']))).toBe(true);
  });
});

describe('an operation', () => {
  test.each(PHASES.filter((phase) => !isEnd(phase)))(
    'in phase %s is running while it holds the lock, and interrupted when it does not',
    (phase) => {
      const current = { operationId: 'op-1', phase };
      expect(activityOf(current, 'op-1')).toBe('running');
      expect(activityOf(current, null)).toBe('interrupted');
      expect(activityOf(current, 'op-2')).toBe('interrupted');
    },
  );

  test.each(PHASES.filter(isEnd))('in phase %s has ended, whoever holds the lock', (phase) => {
    for (const heldBy of ['op-1', 'op-2', null]) {
      expect(activityOf({ operationId: 'op-1', phase }, heldBy)).toBe('ended');
    }
  });
});

describe('the advice', () => {
  const again = { tenant: 'acme', mode: 'update', versionId: 'v1' };
  const back = { tenant: 'acme', versionId: 's1', parts: ['hub'] };
  const written = { safetyBackup: 's1' };

  test.each<[string, OperationRecord, Activity, object]>([
    ['running', record(UP_TO_IMPORT, written), 'running', {}],
    ['interrupted before it wrote', record(['planned', 'saving']), 'interrupted', { again }],
    ['interrupted with its safety backup made', record(['saved'], written), 'interrupted', { again }],
    ['interrupted while it wrote', record(UP_TO_IMPORT, written), 'interrupted', { again, back }],
    [
      'interrupted while it rolled back',
      record([...UP_TO_IMPORT, 'rolling-back'], written),
      'interrupted',
      { again, back },
    ],
    [
      'verified',
      record([...UP_TO_IMPORT, 'verifying', 'verified'], { ...written, outcome: 'restored' }),
      'ended',
      { back },
    ],
    [
      'rolled back',
      record([...UP_TO_IMPORT, 'rolled-back'], { ...written, outcome: 'rolledBack' }),
      'ended',
      { again },
    ],
    [
      'left as it is',
      record([...UP_TO_IMPORT, 'failed'], { ...written, outcome: 'leftAsIs' }),
      'ended',
      { again, back },
    ],
    ['failed before it wrote', record(['planned', 'failed']), 'ended', { again }],
    [
      'a patch that was interrupted',
      record(UP_TO_IMPORT, { ...written, operation: 'patch' }),
      'interrupted',
      { back },
    ],
  ])('on an operation %s names the requests that help', (_, subject, activity, requests) => {
    expect(adviseOn(subject, activity).requests).toEqual(requests);
  });

  test('takes out what the operation added when it goes back', () => {
    const subject = record(UP_TO_IMPORT, { ...written, creates: ['/servers/a/clients/b'] });
    expect(adviseOn(subject, 'interrupted').requests.back).toEqual({ ...back, prune: { createdBy: 'op-1' } });
  });
});
