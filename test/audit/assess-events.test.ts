import { describe, expect, it } from 'vitest';
import { assessEvents } from '../../functions/audit/assess/assess-tenant.ts';
import { type OperationEvent, updateHistory } from '../../functions/audit/history.ts';
import { entryOf } from '../../functions/audit/ledger-events.ts';
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
    { formatVersion: 1, tenant: 'acme', versions: [], failures: [], checks: [], events: [...events] },
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
