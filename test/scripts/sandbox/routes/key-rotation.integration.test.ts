import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../../scripts/sandbox/sandbox.ts';
import { CLIENT_ID, CLIENT_SECRET, startWith } from '../support.ts';

const SCOPES = ['manage_configuration', 'read_configuration', 'manage_servers'];
const PLACE = '/servers/customers/keys/automatic-key-rotation';

let sandbox: Sandbox;
let { callSystem } = {} as Awaited<ReturnType<typeof startWith>>;

const start = async (scopes: readonly string[]) => {
  const clients = [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, scopes }];
  ({ sandbox, callSystem } = await startWith({ servers: { customers: {}, partners: {} } }, { clients }));
};
beforeEach(() => start(SCOPES));
afterEach(() => sandbox.close());

const read = async (place = PLACE) => (await callSystem(place)).json();
const write = (schedule: object, place = PLACE) =>
  callSystem(place, { method: 'PUT', body: JSON.stringify(schedule) });

describe('the schedule of automatic key rotation', () => {
  it('is empty until it is set, and belongs to one use in one workspace', async () => {
    expect(await read()).toEqual({ enabled: false, cron: '' });
    const monthly = { enabled: true, cron: '0 0 1 * *' };
    const answer = await write({ ...monthly, starting_from: '2030-01-01T00:00:00Z' }, `${PLACE}?use=enc`);
    expect(answer.status).toBe(200);
    expect(await read(`${PLACE}?use=enc`)).toEqual({ ...monthly, scheduled_at: expect.any(String) });
    expect(await read(`${PLACE}?use=sig`)).toMatchObject({ cron: '' });
    expect(await read(PLACE.replace('customers', 'partners'))).toMatchObject({ cron: '' });
  });

  it('is in no dump, and stays when a dump is imported or patched', async () => {
    await write({ enabled: true, cron: '@daily' });
    await write({ enabled: true, cron: '@weekly' }, `${PLACE}?use=enc`);
    const dump = await (await callSystem('/configuration')).text();
    expect(dump).not.toContain('@daily');
    const put = await callSystem('/configuration?mode=update', { method: 'PUT', body: dump });
    const patch = await callSystem('/configuration?mode=update', {
      method: 'PATCH',
      body: JSON.stringify([{ op: 'add', path: '/tenant/name', value: 'New' }]),
    });
    expect([put.status, patch.status]).toEqual([204, 204]);
    expect(await read()).toMatchObject({ enabled: true, cron: '@daily' });
    expect(await read(`${PLACE}?use=enc`)).toMatchObject({ cron: '@weekly' });
  });

  it.each([{}, { enabled: false }, { enabled: false, cron: '' }, { enabled: true, cron: 'daily' }])(
    'is refused as %j: even a disabled one needs a valid cron',
    async (schedule) => {
      expect((await write(schedule)).status).toBe(400);
    },
  );

  it.each([
    [PLACE.replace('customers', 'nowhere'), 404],
    [`${PLACE}?use=both`, 400],
  ])('%s is answered %i', async (place, status) => {
    expect((await callSystem(place)).status).toBe(status);
  });
});

it('needs the scope manage_servers, also to be read', async () => {
  await sandbox.close();
  await start(['manage_configuration', 'read_configuration']);
  expect((await callSystem(PLACE)).status).toBe(403);
  expect((await write({ enabled: true, cron: '@daily' })).status).toBe(403);
});
