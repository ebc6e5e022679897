import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultOrder } from '../../../../../scripts/sandbox/faults.ts';
import { type Sandbox, startSandbox } from '../../../../../scripts/sandbox/sandbox.ts';
import { openTenantsStage, type TenantsStage } from './tenants-stage.ts';

/** Which parts an enrolment gets that names none: against the sandbox, whose tenants refuse this or that API. */

let stage: TenantsStage;
let sandbox: Sandbox;
beforeAll(async () => {
  [stage, sandbox] = await Promise.all([openTenantsStage(), startSandbox()]);
});
afterAll(async () => {
  await sandbox?.close();
  await stage?.close();
});

type Refusal = (id: string) => void;
const hub =
  (answer: 'off-403' | 'off-404'): Refusal =>
  (id) =>
    sandbox.setBehaviour(id, { hub: answer });
const fault =
  (order: FaultOrder): Refusal =>
  (id) =>
    sandbox.setFault(id, order);
const failing = (api: 'hub' | 'system', status: number): Refusal => fault({ kind: 'fail', status, api });
const nothing: Refusal = () => {};

let tenants = 0;
/** A tenant and its enrolment. */
function tenant(...refusals: Refusal[]) {
  const id = `t${++tenants}`;
  const { issuer, clients } = sandbox.addTenant({
    id,
    tree: { name: 'Acme', servers: { main: { name: 'Main' }, other: { name: 'Other' } } },
  });
  for (const refuse of refusals) refuse(id);
  const { clientId, clientSecret } = clients[0] ?? expect.fail('the tenant has no client');
  return { id, enrolment: { issuer, clientId, clientSecret } };
}

const add = (id: string, enrolment: object, ...options: string[]) =>
  stage.command(['tenants', 'add', id, ...options, '--file', '-'], JSON.stringify(enrolment));

describe('an enrolment without parts', () => {
  it.each<[what: string, refusal: Refusal, changes: object, parts: string[], says: RegExp]>([
    ['nothing refused', nothing, {}, ['hub', 'system'], /^enrolled t\d+, backed up by schedule nightly\n$/],
    ['the hub off, 403', hub('off-403'), {}, ['system'], /: hub is not backed up: PERMISSION_DENIED: /],
    ['the hub off, 404', hub('off-404'), {}, ['system'], /: hub is not backed up: TENANT_NOT_FOUND: /],
    [
      'the hub off, with workspaces',
      hub('off-404'),
      { workspaces: ['main'] },
      ['system'],
      /: hub is not backed up: WORKSPACE_NOT_FOUND: .*identity pools/,
    ],
    [
      'system refused',
      failing('system', 403),
      {},
      ['hub'],
      /: system is not backed up: PERMISSION_DENIED: .*; without it, a backup lacks ACRs, .*, roles, script secrets/,
    ],
    ['system absent', failing('system', 404), {}, ['hub'], /: system is not backed up: TENANT_NOT_FOUND: /],
    ['workspaces', nothing, { workspaces: ['main', 'other'] }, ['hub', 'system'], /^enrolled/],
  ])('gets the parts that the client may export: %s', async (_what, refusal, changes, parts, says) => {
    const { id, enrolment } = tenant(refusal);
    const added = await add(id, { ...enrolment, ...changes });
    expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(says) });
    expect(added.stderr).toContain(
      `people are not backed up; to add them: tenant-backup tenants update ${id} --parts ${parts},identity`,
    );
    expect(await stage.stored(id)).toEqual({ ...enrolment, ...changes, parts });
  });

  it.each<[what: string, refusals: Refusal[], changes: object, code: string]>([
    ['both refused', [hub('off-403'), failing('system', 403)], {}, 'PERMISSION_DENIED'],
    ['the hub down', [failing('hub', 503)], {}, 'TENANT_UNAVAILABLE'],
    ['system down', [failing('system', 500)], {}, 'TENANT_UNAVAILABLE'],
    ['a proxy before the hub', [fault({ kind: 'html', status: 403, api: 'hub' })], {}, 'UNEXPECTED_RESPONSE'],
    [
      'system refused, with keyRotation',
      [failing('system', 403)],
      { keyRotation: true },
      'PERMISSION_DENIED',
    ],
    ['system not JSON', [fault({ kind: 'html', api: 'system' })], {}, 'EXPORT_MALFORMED'],
    ['a workspace that is not there', [], { workspaces: ['main', 'gone'] }, 'WORKSPACE_NOT_FOUND'],
    [
      'a workspace that is not there, and the hub off',
      [hub('off-404')],
      { workspaces: ['gone'] },
      'WORKSPACE_NOT_FOUND',
    ],
  ])('is never narrowed by what may pass or is a mistake: %s', async (_what, refusals, changes, code) => {
    const { id, enrolment } = tenant(...refusals);
    const refused = await add(id, { ...enrolment, ...changes });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(new RegExp(`^${code}: the test of "${id}" failed: export: `, 'm'));
    await expect(stage.stored(id)).rejects.toThrow();
  });

  it('gets both parts if it is not tested', async () => {
    const { id, enrolment } = tenant(hub('off-403'));
    expect(await add(id, enrolment, '--no-test')).toMatchObject({ code: 0 });
    expect(await stage.stored(id)).toEqual({ ...enrolment, parts: ['hub', 'system'] });
  });

  it('gets parts of its own for each tenant that shares it', async () => {
    const [whole, narrow, named] = [tenant(), tenant(hub('off-403')), tenant()];
    const fleet = {
      tenants: {
        whole: whole.enrolment,
        narrow: narrow.enrolment,
        named: { ...named.enrolment, parts: ['identity'] },
      },
    };
    const added = await add('fleet', fleet, '--json');
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(added.stdout)).toMatchObject({
      chosen: [
        { tenant: 'fleet--whole', parts: ['hub', 'system'], leftOut: [] },
        {
          tenant: 'fleet--narrow',
          parts: ['system'],
          leftOut: [{ part: 'hub', code: 'PERMISSION_DENIED' }],
        },
      ],
    });
    expect(await stage.stored('fleet')).toEqual({
      tenants: {
        whole: { ...whole.enrolment, parts: ['hub', 'system'] },
        narrow: { ...narrow.enrolment, parts: ['system'] },
        named: { ...named.enrolment, parts: ['identity'] },
      },
    });
  });

  it('gets both parts for all tenants of a deployment, each of which may have other APIs', async () => {
    const { issuer, clients } = sandbox.root;
    const { clientId, clientSecret } = clients[0] ?? expect.fail('the root tenant has no client');
    tenant(hub('off-403'));
    const root = { issuer, clientId, clientSecret, scope: 'all-tenants' };
    expect(await add('big', root)).toMatchObject({ code: 0 });
    expect(await stage.stored('big')).toEqual({ ...root, parts: ['hub', 'system'] });
  });
});

describe('an enrolment with parts', () => {
  it.each<[parts: string[], refusal: Refusal]>([
    [['hub', 'system'], hub('off-403')],
    [['hub', 'system'], failing('system', 403)],
    [['hub', 'system', 'identity'], fault({ kind: 'fail', status: 403, api: 'identity' })],
    [['system', 'identity'], failing('system', 404)],
  ])('is refused rather than narrowed: %j', async (parts, refusal) => {
    const { id, enrolment } = tenant(refusal);
    const refused = await add(id, { ...enrolment, parts });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('nothing was stored');
    await expect(stage.stored(id)).rejects.toThrow();
  });

  it('is stored as it is if all of them work', async () => {
    const { id, enrolment } = tenant(hub('off-404'));
    const added = await add(id, { ...enrolment, parts: ['system'] });
    expect(added).toMatchObject({ code: 0, stderr: `testing ${id} …\n` });
    expect(await stage.stored(id)).toEqual({ ...enrolment, parts: ['system'] });
  });
});
