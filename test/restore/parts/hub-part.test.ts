import { describe, expect, test } from 'vitest';
import { planChanges } from '../../../functions/config/change/change-set.ts';
import type { JsonObject } from '../../../functions/config/json/json.ts';
import { undoingChanges } from '../../../functions/restore/parts/hub-part.ts';

/** A tenant with clients in one workspace. */
const tenantOf = (clients: JsonObject): JsonObject => ({
  name: 'Acme',
  servers: { main: { name: 'Main', clients } },
});

const undoing = (before: JsonObject, desired: JsonObject, now: JsonObject) =>
  undoingChanges(before, now, planChanges(desired, before, { mode: 'update', prune: true }));

describe('what is undone', () => {
  const before = tenantOf({ a: { client_name: 'A' }, b: { client_name: 'B' }, c: { client_name: 'C' } });

  test('is what the operation did, in objects that it changed, made and deleted', () => {
    const desired = tenantOf({ a: { client_name: 'changed' }, b: { client_name: 'B' }, made: {} });
    const { targetState } = undoing(before, desired, desired);
    expect(targetState).toEqual(before);
  });

  test('is not what somebody else did meanwhile, unless it lies in what the operation made', () => {
    const desired = tenantOf({ a: { client_name: 'changed' }, b: { client_name: 'B' } });
    const now = tenantOf({ a: { client_name: 'changed' }, b: { client_name: 'theirs' }, theirs: {} });
    const { targetState } = undoing(before, desired, now);
    expect(targetState).toEqual(
      tenantOf({
        a: { client_name: 'A' },
        b: { client_name: 'theirs' },
        c: { client_name: 'C' },
        theirs: {},
      }),
    );
  });
});
