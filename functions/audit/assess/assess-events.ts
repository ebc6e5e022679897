import type { NewFinding } from '../findings.ts';
import type { OperationEvent, TenantHistory } from '../history.ts';
import { isInterrupted, isRefused } from './operation-events.ts';

/** Reports a failed restore or drill if it is the latest of its kind. Also reports interrupted operations that no later one
 * settles. */
export function assessEvents({ tenant, events }: TenantHistory, now: Date): NewFinding[] {
  const isOver = (event: OperationEvent): boolean => event.ok !== null || isInterrupted(event, now);
  const executed = events.filter((event) => !isRefused(event));
  const restores = executed.filter(({ kind }) => kind !== 'drill');
  const failures = [
    { code: 'RESTORE_FAILED' as const, last: restores.find(({ ok }) => ok !== null) },
    {
      code: 'DRILL_FAILED' as const,
      last: executed.find((event) => event.kind === 'drill' && isOver(event)),
    },
  ];
  return [
    ...failures.flatMap(({ code, last }): NewFinding[] =>
      last && last.ok !== true
        ? [
            {
              code,
              severity: 'warning',
              tenant,
              subject: last.id,
              message: `the last ${last.kind}, of ${last.at}, failed: ${last.code ?? (last.ok === null ? 'it was killed' : 'no reason')}`,
              facts: { id: last.id, at: last.at, reason: last.code ?? 'unknown' },
            },
          ]
        : [],
    ),
    ...restores
      .filter((event) => isInterrupted(event, now) && !restores.some((later) => ends(later, event)))
      .map(
        ({ kind, id, at, wrote = true }): NewFinding => ({
          code: 'RESTORE_INTERRUPTED',
          severity: wrote ? 'alarm' : 'warning',
          tenant,
          subject: id,
          message: `the ${kind} ${id} of ${at} was killed, ${wrote ? 'and may have written half of what it had to' : 'before it wrote anything'}`,
          facts: { id, at, wrote },
        }),
      ),
  ];
}

/** Tells whether a later operation settles an interrupted one. A verified patch does not settle an interrupted restore, as
 * it proves only its own changes. */
const ends = (later: OperationEvent, { kind, at }: OperationEvent): boolean =>
  later.ok === true &&
  Date.parse(later.at) > Date.parse(at) &&
  (later.kind === 'restore' || kind === 'patch');
