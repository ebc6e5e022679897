import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { rejectionOf } from '../rejection.ts';
import { type DumpStage, damagePeople, dumpStage } from './dump-stage.ts';
import { openStage, type Stage } from './stage.ts';

/** A deleted person has signed up again. The sandbox keeps identifiers unique, as the vendor's description has it. */

let stage: Stage;
let dumps: DumpStage;
beforeAll(async () => {
  stage = await openStage();
  dumps = dumpStage(stage);
});
afterAll(() => stage?.close());

const REQUEST = { parts: ['identity'] };
const isAda = (id: unknown) => String(id).endsWith('-ada');
const again = (id: unknown) => `${id}-again`;

/** Makes a tenant whose Ada was deleted and signed up again, after its backup. */
async function withAdaAgain(id: string): Promise<string> {
  const tenant = await dumps.backedUp(id);
  const people = ['users', 'user_identifiers', 'user_verifiable_addresses'] as const;
  const hers = new Map(
    people.map((list) => [
      list,
      dumps
        .list(tenant, list)
        .filter((each) => isAda(each[list === 'users' ? 'id' : 'user_id']))
        .map(
          (each): JsonObject => ({
            ...each,
            id: again(each['id']),
            ...(list !== 'users' && { user_id: again(each['user_id']) }),
            ...(list === 'user_verifiable_addresses' && { verified: true }),
          }),
        ),
    ]),
  );
  expect(hers.get('user_identifiers')).not.toEqual([]);
  await damagePeople(dumps, tenant);
  const enrolment = await stage.clients.enrolments.get(tenant);
  const { identity } = stage.clients.connect(enrolment, 'manage', 'somebody-signs-up-again-00000001');
  await identity.importDump(JSON.stringify(Object.fromEntries(hers)));
  return tenant;
}

const ownersOf = (tenant: string) =>
  dumps
    .list(tenant, 'user_identifiers')
    .map(({ user_id, identifier }) => `${identifier} ${user_id}`)
    .sort();

test('the sandbox refuses a second user with the same identifier', async () => {
  const tenant = await dumps.backedUp('unique-identifiers');
  const [first] = dumps.list(tenant, 'user_identifiers').filter(({ user_id }) => isAda(user_id));
  const [other] = dumps.list(tenant, 'users').filter(({ id }) => !isAda(id));
  const enrolment = await stage.clients.enrolments.get(tenant);
  const { identity } = stage.clients.connect(enrolment, 'manage', 'an-administrator-0000000000000001');
  const second = {
    ...first,
    id: 'second',
    user_id: other?.['id'],
    identifier: `${first?.['identifier']}`.toUpperCase(),
  };
  const dump = JSON.stringify({ user_identifiers: [second] });
  expect(await rejectionOf(identity.importDump(dump))).toMatchObject({ code: 'IMPORT_CONFLICT' });
});

describe('a person whose identifiers another user has by now', () => {
  test('is named by a dry run, and stops the restore before anything is written', async () => {
    const tenant = await withAdaAgain('taken-fail');
    const before = dumps.everything(tenant);
    const writes = dumps.dumpWritesTo(tenant).length;
    const { problems } = await stage.restoring(tenant, { ...REQUEST, dryRun: true });
    expect(problems.map(({ code }) => code)).toContain('IDENTIFIER_TAKEN');
    const error = await rejectionOf(stage.restoring(tenant, REQUEST));
    expect(error).toMatchObject({ code: 'CHANGE_IMPOSSIBLE', facts: { outcome: 'untouched' } });
    expect(dumps.dumpWritesTo(tenant)).toHaveLength(writes);
    expect(dumps.everything(tenant)).toEqual(before);
    const identifiers = dumps.list(tenant, 'user_identifiers').map(({ identifier }) => String(identifier));
    for (const secret of identifiers) expect(JSON.stringify([problems, error.message])).not.toContain(secret);
  });

  test('comes back without them', async () => {
    const tenant = await withAdaAgain('taken-skip');
    const owners = ownersOf(tenant);
    const report = await stage.restoring(tenant, { ...REQUEST, identifiers: 'skip' });
    expect(report.verdict).toBe('verified');
    expect(report.warnings.map(({ code }) => code)).toContain('IDENTIFIERS_SKIPPED');
    expect(ownersOf(tenant)).toEqual(owners);
    expect(dumps.list(tenant, 'users').filter(({ id }) => isAda(id))).toHaveLength(1);
  });

  test('gets them back from that user, and an undo returns them', async () => {
    const tenant = await withAdaAgain('taken-take');
    const [owners, before] = [ownersOf(tenant), dumps.everything(tenant)];
    const report = await stage.restoring(tenant, { ...REQUEST, identifiers: 'take' });
    expect(report.verdict).toBe('verified');
    expect(report.warnings.map(({ code }) => code)).toContain('IDENTIFIERS_TAKEN');
    expect(ownersOf(tenant)).toEqual(owners.map((line) => line.replace('-ada-again', '-ada')));
    const undo = { versionId: report.safetyBackup, prune: { createdBy: report.operationId } };
    expect(await stage.restoring(tenant, { ...REQUEST, ...undo })).toMatchObject({ verdict: 'verified' });
    const { user_credentials: _, ...people } = before;
    expect(dumps.everything(tenant)).toMatchObject(people);
  });

  test('leaves them where they were if the import fails', async () => {
    const tenant = await withAdaAgain('taken-failed');
    const before = dumps.everything(tenant);
    stage.sandbox.setFault(tenant, { kind: 'fail', status: 422, on: 'import', times: 1 });
    const error = await rejectionOf(stage.restoring(tenant, { ...REQUEST, identifiers: 'take' }));
    expect(error).toMatchObject({ code: 'IMPORT_REFUSED', facts: { outcome: 'rolledBack' } });
    expect(dumps.everything(tenant)).toEqual(before);
  });
});
