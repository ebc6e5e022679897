/** The stand-in for SecureAuth in a process of its own, so that its work is not the bench's. Started by `sandbox-process.ts`,
 * which it talks to over the channel between parent and child. */

import type { JsonObject } from '../sandbox/json.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import type { Answer, Order } from './sandbox-process.ts';

const sandbox = await startSandbox();
let requestsBefore = 0;

const HANDLERS: { readonly [Kind in Order['kind']]: (order: Extract<Order, { kind: Kind }>) => unknown } = {
  add: ({ id, tree }) => sandbox.addTenant({ id, tree: JSON.parse(tree) as JsonObject }),
  damage: ({ id, clients }) => damage(id, clients),
  count: () => {
    const count = sandbox.requests.length - requestsBefore;
    requestsBefore = sandbox.requests.length;
    return count;
  },
  fault: ({ tenant, order }) => sandbox.setFault(tenant, order),
  heal: () => sandbox.clearFaults(),
  limit: ({ perSecond }) =>
    sandbox.setLimits('*', perSecond === null ? {} : { rates: { hub: { rate: perSecond, burst: 1 } } }),
  refused: () => sandbox.requests.filter(({ status }) => status === 429).length,
};

/** Renames a number of clients, as a bad deployment would. */
function damage(id: string, clients: number): number {
  let left = clients;
  sandbox.changeTenant(id, (tree) => {
    for (const workspace of Object.values(tree['servers'] as Record<string, JsonObject>)) {
      for (const [clientId, client] of Object.entries(
        (workspace['clients'] ?? {}) as Record<string, JsonObject>,
      )) {
        if (left === 0 || clientId === 'tenant-backup') continue;
        client['client_name'] = `damaged ${left--}`;
        client['redirect_uris'] = ['https://damaged.example.com/callback'];
      }
    }
  });
  return clients - left;
}

process.on('message', ({ id, order }: { id: number; order: Order }) => {
  const answer: Answer = { id, result: (HANDLERS[order.kind] as (order: Order) => unknown)(order) ?? null };
  process.send?.(answer);
});
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0, result: sandbox.url } satisfies Answer);
