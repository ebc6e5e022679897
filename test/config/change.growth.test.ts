import { expect, test } from 'vitest';
import { planChanges } from '../../functions/config/change/change-set.ts';
import { verifyTargetState } from '../../functions/config/change/target-state.ts';
import type { Json, JsonObject } from '../../functions/config/json/json.ts';
import { growthOf } from '../steps.ts';

/** Planning and proving take twice the steps for twice the objects, whatever happens to these. */

const tenantOf = (workspace: JsonObject): JsonObject => ({
  name: 'Acme',
  servers: { main: { name: 'Main', ...workspace } },
});

const map = (size: number, entryOf: (index: number) => Json): JsonObject =>
  Object.fromEntries(Array.from({ length: size }, (_, index) => [`o${index}`, entryOf(index)]));

test.each<[what: string, prepare: (size: number) => () => unknown]>([
  [
    'where many objects are left out',
    (size) => {
      const clients = (name: string) => tenantOf({ clients: map(size, () => ({ client_name: name })) });
      const leaveOut = Array.from({ length: size }, (_, index) => `/servers/main/clients/o${index}`);
      return () => planChanges(clients('a'), clients('b'), { mode: 'update', leaveOut });
    },
  ],
  [
    'where the credentials of many objects are made up',
    (size) => {
      const clients = (secret?: string) =>
        tenantOf({
          clients: map(size, () => ({
            token_endpoint_auth_method: 'client_secret_basic',
            ...(secret !== undefined && { client_secret: secret }),
          })),
        });
      const plan = planChanges(clients(), tenantOf({}), { mode: 'update' });
      return () => {
        expect(verifyTargetState(plan, clients('made-up')).own.equal).toBe(size + 2);
      };
    },
  ],
])('%s', async (_, prepare) => {
  expect(await growthOf(prepare, 1000)).toBeLessThan(2.1);
});
