import { afterEach, expect, it } from 'vitest';
import { exportDump } from '../../functions/state/export-dump.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { rejectionOf } from '../rejection.ts';
import { CLIENT_ID, CLIENT_SECRET, startWith } from '../scripts/sandbox/support.ts';
import { connectTo, enrolmentFor, seen } from '../tenant/connection.ts';

const SCHEDULES = [
  { server_id: 'main', use: 'sig', enabled: true, cron: '0 0 1 * *', starting_from: '2030-01-01T00:00:00Z' },
  { server_id: 'main', use: 'enc', enabled: false, cron: '@daily' },
  { server_id: 'b2b/ä', use: 'enc', enabled: true, cron: '0 0 0 1 * * *' },
];
const ENDPOINT = '/keys/automatic-key-rotation';

let sandbox: Sandbox;
afterEach(() => sandbox.close());

const start = async (scopes = ['manage_configuration', 'read_configuration', 'manage_servers']) => {
  ({ sandbox } = await startWith(
    { servers: { main: {}, 'b2b/ä': {} } },
    {
      dump: { automatic_key_rotations: SCHEDULES },
      clients: [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, scopes }],
    },
  ));
  const exporting = async (changes: object) => {
    const dump = await exportDump(connectTo(sandbox, { enrolment: enrolmentFor(sandbox, changes) }));
    return JSON.parse(dump.toString());
  };
  return exporting;
};

it('adds the enabled schedules of every workspace, and both uses of each are read', async () => {
  const exporting = await start();
  const dump = await exporting({ keyRotation: true });
  expect(dump.automatic_key_rotations).toEqual([
    { tenant_id: 'acme', server_id: 'main', use: 'sig', enabled: true, cron: '0 0 1 * *' },
    { tenant_id: 'acme', server_id: 'b2b/ä', use: 'enc', enabled: true, cron: '0 0 0 1 * * *' },
  ]);
  expect(seen(sandbox, 'GET', ENDPOINT)).toHaveLength(2 * dump.servers.length);
});

it('leaves a dump as it is without a schedule', async () => {
  ({ sandbox } = await startWith(
    {},
    {
      clients: [
        {
          clientId: CLIENT_ID,
          clientSecret: CLIENT_SECRET,
          scopes: ['manage_configuration', 'manage_servers'],
        },
      ],
    },
  ));
  const [plain, asked] = [{}, { keyRotation: true }].map((changes) =>
    connectTo(sandbox, { enrolment: enrolmentFor(sandbox, changes) }),
  );
  if (plain === undefined || asked === undefined) throw new Error('there are two');
  expect((await exportDump(asked)).equals(await exportDump(plain))).toBe(true);
});

it('reads no schedule, and needs no scope for it, unless the enrolment asks', async () => {
  const exporting = await start(['manage_configuration']);
  expect(Object.keys(await exporting({}))).not.toContain('automatic_key_rotations');
  expect(seen(sandbox, 'GET', ENDPOINT)).toEqual([]);
});

it('has no dump rather than one without schedules where the client lacks the scope', async () => {
  const exporting = await start(['manage_configuration']);
  const refusal = await rejectionOf(exporting({ keyRotation: true }));
  expect(refusal).toMatchObject({ code: 'AUTHENTICATION_REFUSED', facts: { error: 'invalid_scope' } });
});

it('has no dump where a workspace goes away meanwhile', async () => {
  const exporting = await start();
  sandbox.setFault('acme', { kind: 'fail', status: 404, on: 'list', times: 1 });
  expect(await rejectionOf(exporting({ keyRotation: true }))).toMatchObject({ code: 'TENANT_NOT_FOUND' });
});
