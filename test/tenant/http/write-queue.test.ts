import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWriteQueue } from '../../../functions/tenant/http/write-queue.ts';

test('lets writes to one tenant happen in order and one at a time, whatever else happens', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.record({ tenant: fc.constantFrom('acme', 'globex'), fails: fc.boolean() }), {
        maxLength: 12,
      }),
      async (scheduler, writes) => {
        const queue = createWriteQueue();
        const open = new Map<string, number>();
        const started: Record<string, number[]> = { acme: [], globex: [] };
        const settled = writes.map(({ tenant, fails }, index) =>
          queue
            .run(tenant, async () => {
              const others = open.get(tenant) ?? 0;
              open.set(tenant, others + 1);
              started[tenant]?.push(index);
              await scheduler.schedule(Promise.resolve());
              open.set(tenant, (open.get(tenant) ?? 0) - 1);
              if (fails) throw new Error(`write ${index} failed`);
              return { index, others };
            })
            .catch((error: Error) => error.message),
        );
        await scheduler.waitFor(Promise.all(settled));
        for (const [index, outcome] of (await Promise.all(settled)).entries()) {
          expect(outcome).toEqual(writes[index]?.fails ? `write ${index} failed` : { index, others: 0 });
        }
        for (const order of Object.values(started)) expect(order).toEqual(order.toSorted((a, b) => a - b));
      },
    ),
    { numRuns: 50 },
  );
});

test('does not keep one tenant waiting for another', async () => {
  const queue = createWriteQueue();
  const { promise: never } = Promise.withResolvers<void>();
  void queue.run('acme', () => never);
  expect(await queue.run('globex', async () => 'done')).toBe('done');
});
