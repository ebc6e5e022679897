import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../functions/config/json/json.ts';
import { objectsOf, type TreeObject } from '../../functions/config/model/objects.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { at, differences, OWN_CLIENT, openStage, type Stage } from './stage.ts';

/** One object of every type, deleted, changed or added: restoring it alone brings it back as it was, and leaves everything
 * else as it is, other damage included. What should be is worked out without the product's own code. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

/** The last object of each type, and one that lies in a workspace if there is any. */
const SUBJECTS: readonly TreeObject[] = [
  ...new Map(
    [...objectsOf((demoTenants()[0]?.tree ?? {}) as Json)]
      .filter(({ type, pointer }) => type !== 'tenant' && pointer !== OWN_CLIENT)
      .map((object) => [object.type, object] as const),
  ).values(),
];

type Place = Record<string, unknown>;

/** The object that holds another one, and under which name. */
function holderOf(tree: JsonObject, { pointer }: TreeObject): [Place, string] {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const name = names.pop() ?? '';
  const holder = names.reduce((place, each) => {
    place[each] ??= {};
    return place[each] as Place;
  }, tree as Place);
  return [holder, name];
}

function changed(value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return `${value} changed`;
  return { ...(value as object), description: 'changed' };
}

const selecting = ({ type, id, workspace }: TreeObject): object[] => [
  { resourceType: type, ids: [id], ...(workspace === undefined ? {} : { workspaces: [workspace] }) },
];

/** A tenant that was backed up well, damaged in one object, and damaged elsewhere as well. */
async function damaged(id: string, damage: (live: JsonObject) => void) {
  const { tenant, good } = await stage.backedUp(id);
  stage.sandbox.changeTenant(tenant, (live) => {
    Object.assign(live, { name: 'Renamed meanwhile' });
    damage(live);
  });
  const expected = stage.sandbox.tenant(tenant);
  return { tenant, good, expected };
}

const idOf = (what: string, { type }: TreeObject) => `${what}-${type.replaceAll('_', '-')}`;

describe.each(SUBJECTS.map((subject) => [subject.type, subject] as const))('a %s', (type, subject) => {
  test('that was deleted comes back', async () => {
    const { tenant, good, expected } = await damaged(idOf('deleted', subject), (live) => {
      const [holder, name] = holderOf(live, subject);
      delete holder[name];
    });
    const [from, name] = holderOf(good, subject);
    holderOf(expected, subject)[0][name] = from[name];
    const selection = type === 'server' ? [{ workspaces: [subject.id] }] : selecting(subject);
    expect(await stage.restoring(tenant, { selection, mode: 'ignore' })).toMatchObject({
      verdict: 'verified',
      outside: { differing: [] },
    });
    expect(differences(expected, stage.sandbox.tenant(tenant))).toEqual([]);
  });

  test('that was changed is as it was', async () => {
    const { tenant, good, expected } = await damaged(idOf('changed', subject), (live) => {
      const [holder, name] = holderOf(live, subject);
      holder[name] = changed(holder[name]);
    });
    const [from, name] = holderOf(good, subject);
    holderOf(expected, subject)[0][name] = from[name];
    const selection = selecting(subject);
    const report = await stage.restoring(tenant, { selection });
    expect(report).toMatchObject({ verdict: 'verified', counts: { updated: 1 }, outside: { differing: [] } });
    expect(differences(expected, stage.sandbox.tenant(tenant))).toEqual([]);
  });
});

/** Of a single there is never another one. */
const ADDED = SUBJECTS.filter(({ type, id }) => id !== type && type !== 'server');

describe.each(ADDED.map((subject) => [subject.type, subject] as const))('a %s', (_, subject) => {
  test('that was added is deleted where that is asked for', async () => {
    const [, original] = holderOf({}, subject);
    const name = subject.type === 'api' ? original.replace(/^./, '0') : 'added-since';
    const { tenant, expected } = await damaged(idOf('added', subject), (live) => {
      const [holder] = holderOf(live, subject);
      holder[name] = structuredClone(holder[original]);
    });
    delete holderOf(expected, subject)[0][name];
    const added = { ...subject, id: subject.id.slice(0, subject.id.length - original.length) + name };
    const report = await stage.restoring(tenant, { selection: selecting(added), prune: true });
    expect(report.verdict).toBe('verified');
    expect(report.pruned[0]).toMatch(new RegExp(`/${name}$`));
    expect(differences(expected, stage.sandbox.tenant(tenant))).toEqual([]);
  });
});

/** Every text of a document, by its place. */
function textsIn(value: unknown, pointer = ''): [pointer: string, text: string][] {
  if (typeof value === 'string') return [[pointer, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    textsIn(each, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

describe('credentials', () => {
  const rotate = (tenant: string) =>
    stage.sandbox.changeTenant(tenant, (live) => {
      const { portal } = at(live, 'servers', 'customers', 'clients');
      Object.assign(portal ?? {}, {
        client_secret: 'rotated-on-purpose-0123456789',
        client_uri: 'https://other.example',
      });
    });

  test('that were rotated are put back, and told of', async () => {
    const { tenant, good } = await stage.backedUp('secrets-restored');
    rotate(tenant);
    const report = await stage.restoring(tenant);
    expect(report.credentialsDiffering).toEqual(['/servers/customers/clients/portal/client_secret']);
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
  });

  test('that were rotated on purpose are kept where that is asked for', async () => {
    const { tenant, good } = await stage.backedUp('secrets-kept');
    rotate(tenant);
    expect(await stage.restoring(tenant, { credentials: 'keep' })).toMatchObject({ verdict: 'verified' });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([
      '/servers/customers/clients/portal/client_secret',
    ]);
  });

  test('that an export without them made anew, once it was imported, are the old ones again', async () => {
    const { tenant, good } = await stage.backedUp('redacted');
    const enrolment = await stage.clients.enrolments.get(tenant);
    const { hub } = stage.clients.connect(enrolment, 'manage', 'by-hand');
    const exported = await hub.exportTree({ withCredentials: false });
    const tree = JSON.parse(exported.toString()) as { servers: Record<string, { clients: JsonObject }> };
    // As a careful person would: a new secret of the client that does this would lock it out.
    delete tree.servers['system']?.clients['tenant-backup'];
    await hub.importTree(JSON.stringify(tree), {
      mode: 'update',
      dryRun: false,
      idempotencyKey: 'redacted-export-imported-by-hand-1',
    });

    const damaged = stage.sandbox.tenant(tenant);
    const changed = differences(good, damaged);
    const before = new Map(textsIn(good));
    const after = new Map(textsIn(damaged));
    const remade = (pointer: string) => before.get(pointer) !== after.get(pointer) && after.get(pointer);
    // The server makes what it needs itself: secrets, salts and keys of its own,
    for (const pointer of [
      '/servers/customers/secret',
      '/servers/customers/subject_identifier_algorithm_salt',
    ]) {
      expect({ pointer, remade: remade(pointer) }).toEqual({
        pointer,
        remade: expect.stringMatching(/^.{32}/),
      });
    }
    const secrets = changed.filter((pointer) => pointer.endsWith('/client_secret') && remade(pointer));
    expect(secrets.length).toBeGreaterThan(3);
    expect(changed.some((pointer) => /\/jwks\/keys\/0\/(d|kid)$/.test(pointer))).toBe(true);
    // and nobody can make what others have issued: those are lost.
    const lost = changed.filter((pointer) => before.get(pointer) && !after.get(pointer));
    expect(lost.some((pointer) => pointer.includes('/idps/'))).toBe(true);
    expect(changed.some((pointer) => pointer.startsWith(OWN_CLIENT))).toBe(false);

    const report = await stage.restoring(tenant, { credentials: 'restore' });
    expect(report).toMatchObject({ verdict: 'verified' });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
  });
});

describe('objects that were added', () => {
  test('are deleted in numbers only by their number', async () => {
    const { tenant, good } = await stage.backedUp('many-added');
    stage.sandbox.changeTenant(tenant, (live) => {
      for (let index = 0; index < 11; index++) {
        at(live, 'servers', 'partners', 'policies')[`added-${index}`] = {
          policy_name: 'Added',
          type: 'user',
        };
      }
    });
    await expect(stage.restoring(tenant, { prune: true })).rejects.toMatchObject({
      code: 'PRUNE_UNEXPECTED',
      facts: { count: 11, outcome: 'untouched' },
    });
    await expect(stage.restoring(tenant, { prune: { expected: 12 } })).rejects.toMatchObject({
      code: 'PRUNE_UNEXPECTED',
    });
    expect(await stage.restoring(tenant, { prune: { expected: 11 } })).toMatchObject({ verdict: 'verified' });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
  });

  test('stay where nobody asks, and are counted', async () => {
    const { tenant } = await stage.backedUp('left-alone');
    stage.sandbox.changeTenant(tenant, (live) => {
      at(live, 'servers', 'partners', 'policies')['added-since'] = { policy_name: 'Added', type: 'user' };
    });
    const before = stage.sandbox.tenant(tenant);
    expect(await stage.restoring(tenant)).toMatchObject({ verdict: 'verified', extra: 1, pruned: [] });
    expect(differences(before, stage.sandbox.tenant(tenant))).toEqual([]);
  });
});

describe('our own client', () => {
  test('is overwritten only where that is asked for', async () => {
    const { tenant, good } = await stage.backedUp('own-client');
    stage.sandbox.changeTenant(tenant, (live) => {
      const own = at(live, 'servers', 'system', 'clients')['tenant-backup'];
      Object.assign(own ?? {}, { description: 'changed' });
    });
    await stage.restoring(tenant);
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([`${OWN_CLIENT}/description`]);
    await stage.restoring(tenant, { includeOwnClient: true });
    expect(differences(good, stage.sandbox.tenant(tenant))).toEqual([]);
  });
});
