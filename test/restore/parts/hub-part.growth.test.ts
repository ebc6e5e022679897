import { describe, expect, test } from 'vitest';
import { planChanges } from '../../../functions/config/change/change-set.ts';
import type { JsonObject } from '../../../functions/config/json/json.ts';
import { undoingChanges } from '../../../functions/restore/parts/hub-part.ts';
import { growthOf } from '../../steps.ts';

/** A tenant with clients in one workspace. */
const tenantOf = (clients: JsonObject): JsonObject => ({
  name: 'Acme',
  servers: { main: { name: 'Main', clients } },
});

const clientsOf = (count: number, name: (index: number) => string): JsonObject =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`client-${index}`, { client_name: name(index) }]),
  );

const undoing = (before: JsonObject, desired: JsonObject, now: JsonObject) =>
  undoingChanges(before, now, planChanges(desired, before, { mode: 'update', prune: true }));

describe('the work of planning to undo grows with the tenant, and not with its square', () => {
  test.each<[what: string, prepare: (size: number) => () => unknown]>([
    [
      'where the operation changed every object',
      (size) => {
        const [before, desired] = [
          tenantOf(clientsOf(size, () => 'a')),
          tenantOf(clientsOf(size, () => 'b')),
        ];
        return () => undoing(before, desired, desired);
      },
    ],
    [
      'where somebody else changed every other object meanwhile',
      (size) => {
        const before = tenantOf(clientsOf(size, () => 'a'));
        const desired = tenantOf(clientsOf(size, (index) => (index % 2 === 0 ? 'b' : 'a')));
        const now = tenantOf(clientsOf(size, (index) => (index % 2 === 0 ? 'b' : 'theirs')));
        return () => undoing(before, desired, now);
      },
    ],
  ])('%s', async (_, prepare) => {
    expect(await growthOf(prepare, 1000)).toBeLessThan(2.1);
  });
});
