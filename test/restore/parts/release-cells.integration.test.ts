import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isVerified } from '../../../functions/restore/parts/verification.ts';
import { SENDINGS, type Sending } from '../../../functions/restore/source/request.ts';
import type { TenantPart } from '../../../functions/tenant/enrolment/enrolment-schema.ts';
import type { DemoTenant } from '../../../scripts/demo/tenants.ts';
import type { Behaviour } from '../../../scripts/sandbox/behaviour.ts';
import type { Json, JsonObject } from '../../../scripts/sandbox/json.ts';
import { DEMO, openPartStage, type PartStage, without } from './part-stage.ts';

/** Between a backup and its restore, a release adds or withdraws members of every kind, in every part and by every way of sending,
 * and beside that one object is damaged: the damage alone is repaired, and the restore is verified. */

let stage: PartStage;
beforeAll(async () => {
  stage = await openPartStage();
});
afterAll(() => stage.close());

/** Where the release changes something, and where the damage is. */
interface Way {
  readonly way: string;
  readonly part: TenantPart;
  readonly send?: Sending;
  /** Map or list whose objects the release changes. */
  readonly collection: string;
  /** What a section lies in: every workspace, or the dump itself. */
  readonly holder: string;
  /** A section that is known, and whose objects are all there are of their type. */
  readonly known: string;
  readonly damage: object;
}

const HUB = {
  part: 'hub',
  collection: 'clients',
  holder: 'servers',
  known: 'webhooks',
  damage: { path: '/servers/customers/clients/portal/client_name', value: 'Changed' },
} as const;

const WAYS: readonly Way[] = [
  ...SENDINGS.map((send) => ({ ...HUB, way: `hub, sending ${send}`, send })),
  {
    way: 'system',
    part: 'system',
    collection: 'acrs',
    holder: '/',
    known: 'roles',
    damage: { path: '/acrs/0/value', value: 'changed' },
  },
  {
    way: 'identity',
    part: 'identity',
    collection: 'users',
    holder: '/',
    known: 'user_verifiable_addresses',
    damage: { path: '/users/0/status', value: 'inactive' },
  },
];

const VALUES: readonly (readonly [what: string, value: Json])[] = [
  ['false', false],
  ['true', true],
  ['0', 0],
  ['a text', 'front'],
  ['a list', ['a', 'b']],
  ['an object', { on: true, mode: 'strict' }],
];

/** @param before the tenant that is backed up */
async function restored(
  { part, damage, send }: Way,
  before: DemoTenant,
  release: Partial<Behaviour['release']>,
) {
  const tenant = await stage.backedUp(part, before);
  stage.sandbox.setBehaviour(tenant.id, { release });
  await tenant.patch([{ op: 'replace', ...damage }]);
  const { planned, verification } = await tenant.restored(send && { send });
  stage.sandbox.setBehaviour(tenant.id, { release: {} });
  const [good, stored] = [tenant.good, await tenant.exported()].map((state) => without(state, 'added'));
  return { counts: planned.changes.counts, verification, good, stored };
}

/** A tenant whose objects of a collection, be it of the tree or of a dump, have a member more. */
function withMember(collection: string, member: JsonObject): DemoTenant {
  const given = (each: unknown) => ({ ...(each as JsonObject), ...member });
  return JSON.parse(JSON.stringify(DEMO), (name, value: unknown) => {
    if (name !== collection || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(given);
    return Object.fromEntries(Object.entries(value).map(([id, each]) => [id, given(each)]));
  }) as DemoTenant;
}

describe.each(WAYS)('$way: beside damage, a release that', (way) => {
  const { collection, holder, part } = way;

  test.each(VALUES)('adds %s', async (_, value) => {
    const release = { adds: { [collection]: { added: value } } };
    const { counts, verification, good, stored } = await restored(way, DEMO, release);
    expect(counts.updated).toBe(1);
    expect([verification.differences, verification.lost]).toEqual([[], []]);
    expect(isVerified(verification)).toBe(true);
    expect(stored).toEqual(good);
  });

  test.each(VALUES)('withdraws %s', async (_, value) => {
    const release = { withdraws: { [collection]: ['withdrawn'] } };
    const before = withMember(collection, { withdrawn: value });
    const { counts, verification } = await restored(way, before, release);
    expect(counts.updated).toBe(1);
    expect([verification.differences, verification.lost]).toEqual([[], []]);
    expect(isVerified(verification)).toBe(true);
  });

  test('adds a section', async () => {
    const section = part === 'hub' ? { first: { name: 'First' } } : [{ id: 'first', name: 'First' }];
    const release = { adds: { [holder]: { added: section } } };
    const { counts, verification, good, stored } = await restored(way, DEMO, release);
    expect(counts.updated).toBe(1);
    expect(isVerified(verification)).toBe(true);
    expect(stored).toEqual(good);
  });

  // Nothing tells a section that is withdrawn from one whose objects the tenant refuses to take.
  test('withdraws a section is no proof that the objects are back, and they are named', async () => {
    const { counts, verification } = await restored(way, DEMO, { withdraws: { [holder]: [way.known] } });
    expect(counts).toMatchObject({ updated: 1, created: expect.any(Number) });
    expect(isVerified(verification)).toBe(false);
    expect(verification.differences).toHaveLength(counts.created ?? 0);
    for (const { pointer, kind } of verification.differences) {
      expect([kind, pointer]).toEqual(['missing', expect.stringContaining(`/${way.known}/`)]);
    }
  });
});

test('a section that no release knows is withdrawn from workspaces as any other member', async () => {
  const [way] = WAYS as [Way];
  const before = withMember('servers', { sections: { first: { name: 'First' } } });
  const { verification } = await restored(way, before, { withdraws: { servers: ['sections'] } });
  expect(isVerified(verification)).toBe(true);
});
