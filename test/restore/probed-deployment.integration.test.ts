import { afterAll, beforeAll, expect, test } from 'vitest';
import { probeScratch } from '../../functions/drill/probe-scratch.ts';
import { dumpStage } from './dump-stage.ts';
import { differences, openStage, type Stage } from './stage.ts';

/** Restores into a deployment that deletes what an import lacks, before and after a probe has observed that. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const renamed = (tenant: string) =>
  stage.sandbox.changeTenant(tenant, (tree) => {
    Object.assign(tree, { name: 'Renamed' });
    const { customers } = tree['servers'] as { customers: { description?: string } };
    customers.description = 'Changed';
  });

const codes = ({ warnings }: { readonly warnings: readonly { readonly code: string }[] }): string[] =>
  warnings.map(({ code }) => code).filter((code) => code.startsWith('SENDING_'));

test('changes are replaced by everything once a probe has seen that imports delete what they lack', async () => {
  const { tenant, good } = await stage.backedUp('changed');
  renamed(tenant);
  expect(codes(await stage.restoring(tenant, { send: 'changes', dryRun: true }))).toEqual([
    'SENDING_UNPROVED',
  ]);
  expect(codes(await stage.restoring(tenant, { dryRun: true }))).toEqual([]);

  const scratch = await stage.newTenant('scratch', {
    tree: { name: 'Scratch', servers: { main: { name: 'Main' } } },
  });
  await stage.changeEnrolment(scratch, { scratch: true });
  await probeScratch({ into: scratch }, stage.clients);
  expect(codes(await stage.restoring(tenant, { send: 'changes', dryRun: true }))).toEqual([]);

  stage.sandbox.setBehaviour('*', { absentOnImport: 'delete' });
  await probeScratch({ into: scratch }, stage.clients);
  const report = await stage.restoring(tenant, { send: 'changes' });
  expect(codes(report)).toEqual(['SENDING_REPLACED']);
  expect(report).toMatchObject({ verdict: 'verified', parts: { hub: { warnings: report.warnings } } });
  expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);

  renamed(tenant);
  expect(codes(await stage.restoring(tenant, { send: 'patch' }))).toEqual([]);
  expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
});

test('a part system goes as a whole once a probe has seen that imports of dumps delete what they lack', async () => {
  const dumps = dumpStage(stage);
  const tenant = await dumps.backedUp('changed-system', ['hub', 'system']);
  const roles = dumps.list(tenant, 'roles').length;
  const clients = dumps.list(tenant, 'clients').length;
  await dumps.damage(tenant, 'system', 'roles', (role) => (role['role'] === 'auditor' ? undefined : role));
  const scratch = await stage.newTenant('scratch-system', {
    tree: { name: 'Scratch', servers: { main: { name: 'Main' } } },
  });
  await stage.changeEnrolment(scratch, { scratch: true });
  stage.sandbox.setBehaviour('*', { absentOnDumpImport: 'delete' });
  await probeScratch({ into: scratch }, stage.clients);
  const report = await stage.restoring(tenant, { parts: ['system'] });
  expect(codes(report)).toEqual(['SENDING_REPLACED']);
  expect(report).toMatchObject({ verdict: 'verified' });
  expect(dumps.list(tenant, 'roles')).toHaveLength(roles);
  expect(dumps.list(tenant, 'clients')).toHaveLength(clients);
});
