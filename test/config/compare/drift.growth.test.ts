import { expect, test } from 'vitest';
import { planChanges } from '../../../functions/config/change/change-set.ts';
import type { JsonObject } from '../../../functions/config/json/json.ts';
import { growthOf } from '../../steps.ts';

test('the work of telling drift grows with the objects and members, and not with their product', async () => {
  const wide = (size: number, names: readonly string[]) =>
    ({
      name: 'Acme',
      servers: {
        main: {
          name: 'Main',
          clients: Object.fromEntries(
            Array.from({ length: size }, (_, index) => [
              `c${index}`,
              { client_name: 'x', [names[index % names.length] ?? 'n']: 'x', all: 'x' },
            ]),
          ),
        },
      },
    }) satisfies JsonObject;
  const prepare = (size: number) => {
    const names = Array.from({ length: size }, (_, index) => `name${index}`);
    const [desired, live] = [wide(size, ['n']), wide(size, names)];
    return () => planChanges(desired, live, { mode: 'update', acrossReleases: true });
  };
  expect(await growthOf(prepare, 500)).toBeLessThan(2.1);
});
