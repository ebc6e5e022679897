import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backupOrForward } from '../../functions/backup/forward.ts';
import type { Clients } from '../../functions/runtime/clients.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { clientsInProcess, type Deployed, deploy, enrol } from '../deployed.ts';
import { criticalPath, traceRequests } from './critical-path.ts';

/** How many requests a backup waits for one after the other, counted from a trace of all it sends. */

let deployed: Deployed;
let sandbox: Sandbox;
let clients: Clients;
let night = 0;

beforeAll(async () => {
  // Copies of the first backup of a week, month or year come on top, and are rare.
  [deployed, sandbox] = await Promise.all([deploy({ promote: [] }), startSandbox()]);
  const [tenant] = demoTenants();
  if (!tenant) throw new Error('there is no demonstration tenant');
  await enrol(deployed, sandbox, { id: 'acme', tree: tenant.tree });
  // As far away as SecureAuth mostly is: what overlaps its answers is done before them.
  sandbox.setFault('*', { kind: 'slow', delayMilliseconds: 700 });
  clients = await clientsInProcess(deployed);
});

afterAll(async () => {
  await sandbox?.close();
  await deployed?.close();
});

/** Back up once. The nights lie ahead, so that none finds a backup of after its time, as in reality. */
async function pathOfBackup(): Promise<string[]> {
  const scheduledTime = new Date(Date.now() + 3_600_000 + night++ * 86_400_000).toISOString().slice(0, 19);
  const trace = traceRequests();
  try {
    const report = await backupOrForward(
      { tenant: 'acme', tier: 'daily', scheduledTime: `${scheduledTime}Z` },
      { ...clients, send: async () => {} },
    );
    expect(report.outcome).toBe('stored');
    return criticalPath(trace.requests).map(nameOf);
  } finally {
    trace.stop();
  }
}

function nameOf(what: string): string {
  if (what.includes('/promote/config')) return 'export';
  if (/openid-configuration|oauth2\/token/.test(what)) return 'token';
  if (/^PUT .*\/daily\/acme\.tar/.test(what)) return 'put';
  return what;
}

describe('requests that a backup waits for one after the other', () => {
  test('are six in a new container', async () => {
    expect(await pathOfBackup()).toEqual([
      'GetSecretValue',
      'token',
      'export',
      'GenerateDataKey',
      'Sign',
      'put',
    ]);
  });

  test('are four in a container that knows the tenant', async () => {
    await pathOfBackup();
    expect(await pathOfBackup()).toEqual(['export', 'GenerateDataKey', 'Sign', 'put']);
  });
});
