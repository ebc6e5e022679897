import { describe, expect, test } from 'vitest';
import type { QueuedRequest } from '../../functions/backup/backup-queue.client.ts';
import { dispatch } from '../../functions/dispatch/dispatch.ts';
import { parseDispatchRequest } from '../../functions/dispatch/request.ts';
import type { ListedEnrolment } from '../../functions/tenant/enrolment/enrolment-list.client.ts';
import type { Ledger } from '../../functions/vault/storage/ledger.client.ts';
import { rejectionOf } from '../rejection.ts';

const ENROLLED: readonly ListedEnrolment[] = [
  { name: 'acme', schedule: 'nightly' },
  { name: 'globex', schedule: 'nightly', lane: 'eu' },
  { name: 'initech', schedule: 'weekly', lane: 'us' },
];
const time = { tier: 'daily', scheduledTime: '2026-01-31T02:00:00Z' } as const;
const at = { ...time, spreadMinutes: 0 };

function tools() {
  const sent: QueuedRequest[] = [];
  const recorded: string[] = [];
  return {
    sent,
    recorded,
    ledger: {
      write: async (kind: string, tenant: string, id: string, document: object) => {
        const key = `${kind}/${tenant}/${id}`;
        recorded.push(`${key} ${JSON.stringify(document)}`);
        return key;
      },
    } as Pick<Ledger, 'write'> as Ledger,
    enrolments: {
      find: async (name: string) => ENROLLED.find((entry) => entry.name === name) ?? null,
      entries: async (schedule?: string) =>
        ENROLLED.filter((entry) => schedule === undefined || entry.schedule === schedule),
    },
    queue: {
      lanes: ['eu'],
      send: async (requests: readonly QueuedRequest[]) => void sent.push(...requests),
    },
  };
}

describe('dispatch', () => {
  test('asks for a backup of each tenant of the schedule', async () => {
    const { sent, ...rest } = tools();
    expect(await dispatch({ schedule: 'nightly', ...at }, rest)).toEqual({ tenants: 2, ...time });
    expect(sent).toEqual([
      { tenant: 'acme', ...time, delaySeconds: 0 },
      { tenant: 'globex', ...time, delaySeconds: 0, lane: 'eu' },
    ]);
  });

  test('asks for changes alone where the schedule does', async () => {
    const { sent, ...rest } = tools();
    await dispatch({ schedule: 'weekly', ...at, storeUnchanged: false }, rest);
    expect(sent).toEqual([{ tenant: 'initech', ...time, storeUnchanged: false, delaySeconds: 0 }]);
  });

  test('asks for the tenants that are named, whatever their schedule, each once', async () => {
    const { sent, ...rest } = tools();
    const report = await dispatch({ tenants: ['initech', 'acme', 'initech'], ...at }, rest);
    expect(report.tenants).toBe(2);
    expect(sent.map(({ tenant }) => tenant)).toEqual(['initech', 'acme']);
  });

  test('asks for one tenant of an enrolment of all tenants, in the lane of that enrolment', async () => {
    const { sent, ...rest } = tools();
    await dispatch({ tenants: ['globex--shop'], ...at }, rest);
    expect(sent).toEqual([{ tenant: 'globex--shop', ...time, delaySeconds: 0, lane: 'eu' }]);
    expect(await rejectionOf(dispatch({ tenants: ['nobody--shop'], ...at }, rest))).toMatchObject({
      code: 'NOT_ENROLLED',
    });
  });

  test('lets a tenant whose lane is not deployed wait in the default one, and says so', async () => {
    const { sent, ...rest } = tools();
    const report = await dispatch({ tenants: ['initech', 'globex'], ...at }, rest);
    expect(report.unknownLanes).toEqual(['us']);
    expect(sent.map(({ lane }) => lane)).toEqual([undefined, 'eu']);
  });

  test('asks for each tenant at a moment of its own, the same every time', async () => {
    const delays = async () => {
      const { sent, ...rest } = tools();
      await dispatch({ schedule: 'nightly', ...at, spreadMinutes: 15 }, rest);
      return sent.map(({ delaySeconds }) => delaySeconds);
    };
    const [first, second] = [await delays(), await delays()];
    expect(first).toEqual(second);
    expect(new Set(first).size).toBe(2);
  });

  test('asks for none where one is not enrolled, and names it', async () => {
    const { sent, ...rest } = tools();
    expect(await rejectionOf(dispatch({ tenants: ['acme', 'umbrella'], ...at }, rest))).toMatchObject({
      code: 'NOT_ENROLLED',
      message: 'not enrolled: umbrella',
      facts: { tenants: ['umbrella'] },
    });
    expect(sent).toEqual([]);
  });

  test('records the requests that name tenants, and none of a schedule', async () => {
    const { recorded, ...rest } = tools();
    await dispatch({ schedule: 'nightly', ...at }, rest);
    expect(recorded).toEqual([]);
    const description = 'before release 7';
    const limits = { credentials: false, selection: [{ resourceType: 'clients' }] };
    const { credentials, selection } = parseDispatchRequest({ tenants: ['acme'], ...limits }, new Date());
    const asked = { description, credentials, selection };
    expect(await dispatch({ tenants: ['acme', 'globex--shop'], ...at, ...asked }, rest)).toMatchObject({
      recorded: true,
    });
    expect(recorded).toEqual(
      ['acme', 'globex--shop'].map(
        (tenant) => `requests/${tenant}/${at.scheduledTime} ${JSON.stringify({ tenant, ...time, ...asked })}`,
      ),
    );
  });

  test('requests the backups though the ledger takes no record, and reports that', async () => {
    const { sent, ...rest } = tools();
    const ledger = { write: () => Promise.reject(new Error('no')) } as Pick<Ledger, 'write'> as Ledger;
    expect(await dispatch({ tenants: ['acme'], ...at }, { ...rest, ledger })).toMatchObject({
      tenants: 1,
      recorded: false,
    });
    expect(sent.map(({ tenant }) => tenant)).toEqual(['acme']);
  });

  test('asks for nothing where nobody has the schedule', async () => {
    const { sent, ...rest } = tools();
    expect(await dispatch({ schedule: 'yearly', ...at }, rest)).toMatchObject({ tenants: 0 });
    expect(sent).toEqual([]);
  });
});
