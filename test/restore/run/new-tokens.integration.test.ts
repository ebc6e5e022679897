import { afterEach, describe, expect, test } from 'vitest';
import { beginWithNewTokens, exportWithNewTokens } from '../../../functions/restore/run/new-tokens.ts';
import type { PartTarget } from '../../../functions/restore/source/restore-plan.ts';
import type { FaultOrder } from '../../../scripts/sandbox/faults.ts';
import type { Sandbox } from '../../../scripts/sandbox/sandbox.ts';
import { rejectionOf } from '../../rejection.ts';
import { startWith } from '../../scripts/sandbox/support.ts';
import { connectTo } from '../../tenant/connection.ts';

/** What counts as locked out: before a write, what the tenant refuses; after it, also what the write may have broken. */

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(): Promise<{ readonly sandbox: Sandbox; readonly apis: ReturnType<typeof connectTo> }> {
  const { sandbox } = await startWith({ name: 'Acme' });
  closers.push(() => sandbox.close());
  return { sandbox, apis: connectTo(sandbox, { access: 'manage' }) };
}

const TOOLS = { retryTools: { sleep: async () => {}, random: () => 0.5 } };
const exporting = (apis: ReturnType<typeof connectTo>) =>
  exportWithNewTokens({ apis, tools: TOOLS } as never, { part: 'hub' } as PartTarget, () => true);

const OUTAGES: readonly (readonly [what: string, fault: FaultOrder, before: string, after: string])[] = [
  ['503', { kind: 'fail', status: 503 }, 'TENANT_UNAVAILABLE', 'LOCKED_OUT'],
  ['500, as of a script that fails', { kind: 'fail', status: 500 }, 'TENANT_UNAVAILABLE', 'LOCKED_OUT'],
  ['no answer', { kind: 'close' }, 'TENANT_UNAVAILABLE', 'TENANT_UNAVAILABLE'],
  ['429', { kind: 'throttle' }, 'TENANT_THROTTLED', 'TENANT_THROTTLED'],
  ['the page of a proxy', { kind: 'html', status: 403 }, 'UNEXPECTED_RESPONSE', 'LOCKED_OUT'],
  ['401', { kind: 'fail', status: 401 }, 'AUTHENTICATION_REFUSED', 'LOCKED_OUT'],
];

describe.each(OUTAGES)('a token point that answers with %s', (_, fault, before, after) => {
  test(`is ${before} before an operation writes, and ${after} afterwards`, async () => {
    const { sandbox, apis } = await start();
    sandbox.setFault('acme', { ...fault, on: 'token' });
    expect(await rejectionOf(beginWithNewTokens({ apis }))).toMatchObject({ code: before });
    expect(await rejectionOf(exporting(apis))).toMatchObject({ code: after });
  });
});

test('an outage that passes is no lock-out', async () => {
  const { sandbox, apis } = await start();
  sandbox.setFault('acme', { kind: 'fail', on: 'token', times: 1 });
  const begun = await beginWithNewTokens({ apis });
  sandbox.setFault('acme', { kind: 'fail', on: 'token', times: 1 });
  expect(await exporting(begun.apis as typeof apis)).toMatchObject({ name: 'Acme' });
});
