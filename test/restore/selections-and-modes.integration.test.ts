import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { rejectionOf } from '../rejection.ts';
import { at, differences, openStage, type Stage } from './stage.ts';

/** Three damages at once, restored by every selection in every mode: what the selection means and the mode allows is as it was,
 * and everything else stays damaged. What should be is worked out without the product's own code. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const CUSTOMERS = '/servers/customers';
const CHANGED = `${CUSTOMERS}/clients/mobile-app`;
const DELETED = `${CUSTOMERS}/clients/portal`;
let provider = '';

const SELECTIONS: readonly (readonly [what: string, selection: object | undefined, means: () => string[]])[] =
  [
    ['everything', undefined, () => [CHANGED, DELETED, provider]],
    ['a workspace', [{ workspaces: ['customers'] }], () => [CHANGED, DELETED, provider]],
    ['a type', [{ resourceType: 'clients' }], () => [CHANGED, DELETED]],
    ['an id', [{ resourceType: 'client', ids: ['portal'], workspaces: ['customers'] }], () => [DELETED]],
    ['a query', [{ resourceType: 'clients', resourceQuery: { client_name: 'Mobile*' } }], () => [CHANGED]],
    [
      'a workspace without a type',
      { include: [{ workspaces: ['customers'] }], exclude: [{ resourceType: 'clients' }] },
      () => [provider],
    ],
  ];

/** The object at a place. */
const objectAt = (tree: JsonObject, pointer: string): JsonObject => at(tree, ...pointer.split('/').slice(1));

/** Put at a place what another tree has there. */
function copy(from: JsonObject, to: JsonObject, pointer: string): void {
  const end = pointer.lastIndexOf('/');
  objectAt(to, pointer.slice(0, end))[pointer.slice(end + 1)] = structuredClone(objectAt(from, pointer));
}

async function damaged(id: string) {
  const { tenant, good } = await stage.backedUp(id);
  const [first = ''] = Object.keys(objectAt(good, `${CUSTOMERS}/idps`));
  provider = `${CUSTOMERS}/idps/${first}`;
  stage.sandbox.changeTenant(tenant, (live) => {
    objectAt(live, CHANGED)['redirect_uris'] = ['https://attacker.example/'];
    delete objectAt(live, `${CUSTOMERS}/clients`)['portal'];
    objectAt(live, provider)['name'] = 'Renamed meanwhile';
  });
  const live = stage.sandbox.tenant(tenant);
  const places = differences(good, live);
  for (const pointer of [CHANGED, DELETED, provider]) {
    expect(places.some((place) => place.startsWith(pointer))).toBe(true);
  }
  return { tenant, good, live };
}

describe.each(SELECTIONS)('restoring %s', (what, selection, means) => {
  const request = selection === undefined ? {} : { selection };
  const name = what.replaceAll(' ', '-');

  test.each(['update', 'ignore'] as const)(
    'with mode %s keeps its promise, and leaves the rest',
    async (mode) => {
      const { tenant, good, live } = await damaged(`${name}-${mode}`);
      const expected = structuredClone(live);
      for (const pointer of means()) {
        if (mode === 'update' || pointer === DELETED) copy(good, expected, pointer);
      }
      expect(await stage.restoring(tenant, { ...request, mode })).toMatchObject({ verdict: 'verified' });
      expect(differences(expected, stage.sandbox.tenant(tenant))).toEqual([]);
    },
  );

  test('with mode fail creates what is gone, or writes nothing where anything is there', async () => {
    const { tenant, good, live } = await damaged(`${name}-fail`);
    const expected = structuredClone(live);
    if (means().every((pointer) => pointer === DELETED)) {
      copy(good, expected, DELETED);
      expect(await stage.restoring(tenant, { ...request, mode: 'fail' })).toMatchObject({
        verdict: 'verified',
      });
    } else {
      const failure = await rejectionOf(stage.restoring(tenant, { ...request, mode: 'fail' }));
      expect(failure.code).toBe('CHANGE_IMPOSSIBLE');
    }
    expect(differences(expected, stage.sandbox.tenant(tenant))).toEqual([]);
  });
});
