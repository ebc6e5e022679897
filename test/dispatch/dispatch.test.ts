import { describe, expect, test } from 'vitest';
import type { BackupRequest } from '../../functions/backup/request.ts';
import { dispatch } from '../../functions/dispatch/dispatch.ts';
import { rejectionOf } from '../rejection.ts';

const ENROLLED: Readonly<Record<string, string>> = { acme: 'nightly', globex: 'nightly', initech: 'weekly' };
const time = { tier: 'daily', scheduledTime: '2026-01-31T02:00:00Z' } as const;

function tools() {
  const sent: BackupRequest[] = [];
  return {
    sent,
    enrolments: {
      list: async (schedule?: string) =>
        Object.keys(ENROLLED).filter((name) => schedule === undefined || ENROLLED[name] === schedule),
    },
    queue: { send: async (requests: readonly BackupRequest[]) => void sent.push(...requests) },
  };
}

describe('dispatch', () => {
  test('asks for a backup of each tenant of the schedule', async () => {
    const { sent, ...rest } = tools();
    expect(await dispatch({ schedule: 'nightly', ...time }, rest)).toEqual({ tenants: 2, ...time });
    expect(sent).toEqual([
      { tenant: 'acme', ...time },
      { tenant: 'globex', ...time },
    ]);
  });

  test('asks for the tenants that are named, whatever their schedule, each once', async () => {
    const { sent, ...rest } = tools();
    const report = await dispatch({ tenants: ['initech', 'acme', 'initech'], ...time }, rest);
    expect(report.tenants).toBe(2);
    expect(sent.map(({ tenant }) => tenant)).toEqual(['initech', 'acme']);
  });

  test('asks for none where one is not enrolled, and names it', async () => {
    const { sent, ...rest } = tools();
    expect(await rejectionOf(dispatch({ tenants: ['acme', 'umbrella'], ...time }, rest))).toMatchObject({
      code: 'NOT_ENROLLED',
      message: 'not enrolled: umbrella',
      facts: { tenants: ['umbrella'] },
    });
    expect(sent).toEqual([]);
  });

  test('asks for nothing where nobody has the schedule', async () => {
    const { sent, ...rest } = tools();
    expect(await dispatch({ schedule: 'yearly', ...time }, rest)).toMatchObject({ tenants: 0 });
    expect(sent).toEqual([]);
  });
});
