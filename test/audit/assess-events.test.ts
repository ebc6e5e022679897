import { describe, expect, it } from 'vitest';
import { assessEvents } from '../../functions/audit/assess/assess-events.ts';
import { type OperationEvent, updateHistory } from '../../functions/audit/history.ts';
import { entryOf, type LedgerEvent } from '../../functions/audit/ledger-events.ts';
import { PHASES, type Phase } from '../../functions/restore/record/operation.ts';

/** Operations that began and never ended. Their process is dead: Lambda ends every invocation after 15 minutes. */

const NOW = new Date('2026-03-31T06:17:00.000Z');
const minutesAgo = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString();

const event = (
  minutes: number,
  ok: boolean | null,
  kind: OperationEvent['kind'] = 'restore',
): OperationEvent => ({
  kind,
  id: `${kind}-${minutes}`,
  at: minutesAgo(minutes),
  ok,
  code: ok === false ? 'IMPORT_REFUSED' : null,
});

/** What the audit finds of these events, of which the latest comes first. */
const found = (events: readonly OperationEvent[]): string[] =>
  assessEvents(
    {
      formatVersion: 1,
      tenant: 'acme',
      versions: [],
      failures: [],
      checks: [],
      enrolments: [],
      events: [...events],
    },
    NOW,
  ).map(({ code, subject, severity }) => `${severity} ${code} ${subject}`);

describe('a restore that began and did not end', () => {
  it('is under way for as long as its function can live, and then it was killed', () => {
    expect(found([event(14, null)])).toEqual([]);
    expect(found([event(16, null)])).toEqual(['alarm RESTORE_INTERRUPTED restore-16']);
    expect(found([event(90 * 24 * 60, null)])).toEqual([`alarm RESTORE_INTERRUPTED restore-${90 * 24 * 60}`]);
  });

  it.each<[string, OperationEvent[], string[]]>([
    ['by a later restore that was proved', [event(30, true), event(60, null)], []],
    [
      'by nothing that came before',
      [event(60, null), event(90, true)],
      ['alarm RESTORE_INTERRUPTED restore-60'],
    ],
    [
      'not by a later one that failed, which is told of as well',
      [event(30, false), event(60, null)],
      ['warning RESTORE_FAILED restore-30', 'alarm RESTORE_INTERRUPTED restore-60'],
    ],
    [
      'not by one that is under way',
      [event(5, null), event(60, null)],
      ['alarm RESTORE_INTERRUPTED restore-60'],
    ],
    [
      'not by another that was killed',
      [event(30, null), event(60, null)],
      ['alarm RESTORE_INTERRUPTED restore-30', 'alarm RESTORE_INTERRUPTED restore-60'],
    ],
    [
      'by one proved, with all that were killed before',
      [event(20, true), event(30, null), event(60, null)],
      [],
    ],
    [
      'not by a patch, which proves only what it changes',
      [event(30, true, 'patch'), event(60, null)],
      ['alarm RESTORE_INTERRUPTED restore-60'],
    ],
    ['not by a drill', [event(30, true, 'drill'), event(60, null)], ['alarm RESTORE_INTERRUPTED restore-60']],
  ])('is settled %s', (_, events, findings) => {
    expect(found(events)).toEqual(findings);
  });
});

describe('a patch that was killed', () => {
  it.each<['restore' | 'patch', string[]]>([
    ['restore', []],
    ['patch', []],
  ])('is settled by a later %s that is proved', (kind, findings) => {
    expect(found([event(60, null, 'patch')])).toEqual(['alarm RESTORE_INTERRUPTED patch-60']);
    expect(found([event(30, true, kind), event(60, null, 'patch')])).toEqual(findings);
  });
});

describe('a drill that was killed', () => {
  it('has failed, until a later one is proved', () => {
    expect(found([event(14, null, 'drill')])).toEqual([]);
    expect(found([event(16, null, 'drill'), event(60, true, 'drill')])).toEqual([
      'warning DRILL_FAILED drill-16',
    ]);
    expect(found([event(16, true, 'drill'), event(60, null, 'drill')])).toEqual([]);
  });
});

describe('the record of an operation in the ledger', () => {
  const findingsAfter = (phase: Phase): string[] => {
    const event = entryOf('operations', {
      operationId: 'one',
      operation: 'restore',
      tenant: 'acme',
      phase,
      phases: [
        { phase: 'locked', at: minutesAgo(60) },
        { phase, at: minutesAgo(58) },
      ],
    })?.event;
    if (!event) throw new Error('the audit reads records of operations');
    return assessEvents(updateHistory('acme', null, [], [event], NOW), NOW).map(
      ({ code, severity }) => `${severity} ${code}`,
    );
  };

  it.each(PHASES)('is told of as it has to be, if nothing came after %s', (phase) => {
    const nothingWritten = ['locked', 'planned', 'saving', 'saved', 'verifying'].includes(phase);
    const expected: Partial<Record<Phase, string[]>> = {
      verified: [],
      'rolled-back': ['warning RESTORE_FAILED'],
      failed: ['warning RESTORE_FAILED'],
    };
    expect(findingsAfter(phase)).toEqual(
      expected[phase] ?? [`${nothingWritten ? 'warning' : 'alarm'} RESTORE_INTERRUPTED`],
    );
  });
});

describe('a request that was refused before it wrote anything', () => {
  const operation = (code: string, phases: readonly Phase[], minutes: number) =>
    entryOf('operations', {
      operationId: `${code}-${minutes}`,
      operation: 'restore',
      tenant: 'acme',
      phase: phases.at(-1),
      phases: phases.map((phase) => ({ phase, at: minutesAgo(minutes) })),
      error: { code, message: 'why', facts: {} },
    })?.event;
  const drill = (verdict: string, minutes: number) => {
    const at = minutesAgo(minutes);
    const code = verdict === 'refused' ? { code: 'TENANT_LOCKED' } : {};
    return entryOf('drills', { tenant: 'acme', id: at, at, verdict, ...code })?.event;
  };
  const foundIn = (...seen: readonly (LedgerEvent | null | undefined)[]): string[] => {
    const events = seen.filter((event) => event != null);
    expect(events).toHaveLength(seen.length);
    return assessEvents(updateHistory('acme', null, [], events, NOW), NOW).map(({ code }) => code);
  };

  it.each([
    'PLAN_STALE',
    'PLAN_CHANGED',
    'SOURCE_MISMATCH',
    'CREDENTIALS_CHOICE',
    'CHANGE_IMPOSSIBLE',
    'PRUNE_UNEXPECTED',
    'INVALID_REQUEST',
  ])('for %s is no failed restore', (code) => {
    expect(foundIn(operation(code, ['locked', 'planned', 'failed'], 60))).toEqual([]);
  });

  it.each(['IMPORT_REFUSED', 'TENANT_UNAVAILABLE', 'OUT_OF_TIME', 'AUTHENTICATION_REFUSED'])(
    'differs from one that met %s before it wrote',
    (code) => {
      expect(foundIn(operation(code, ['locked', 'saving', 'failed'], 60))).toEqual(['RESTORE_FAILED']);
    },
  );

  it('differs from one that was refused after it wrote', () => {
    const phases = ['locked', 'importing', 'verifying', 'failed'] as const;
    expect(foundIn(operation('CHANGE_IMPOSSIBLE', phases, 60))).toEqual(['RESTORE_FAILED']);
  });

  it('ends no earlier finding', () => {
    const failed = operation('RESTORE_MISMATCH', ['locked', 'importing', 'failed'], 90);
    expect(foundIn(operation('PLAN_STALE', ['locked', 'failed'], 60), failed)).toEqual(['RESTORE_FAILED']);
  });

  it('is no failed drill, also if an earlier audit has seen it run', () => {
    expect(foundIn(drill('refused', 60))).toEqual([]);
    const [running, refused] = [drill('running', 60), drill('refused', 60)];
    const history = updateHistory('acme', null, [], running ? [running] : [], NOW);
    const next = updateHistory('acme', history, [], refused ? [refused] : [], NOW);
    expect(assessEvents(history, NOW).map(({ code }) => code)).toEqual(['DRILL_FAILED']);
    expect(assessEvents(next, NOW)).toEqual([]);
  });
});
