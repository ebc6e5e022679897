import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FaultOrder } from '../sandbox/faults.ts';
import type { TenantAccess } from '../sandbox/sandbox.ts';

/** What the parent asks of the sandbox. */
export type Order =
  /** @see Sandbox.addTenant; `tree` is JSON */
  | { readonly kind: 'add'; readonly id: string; readonly tree: string }
  /** Renames a number of clients of a tenant. */
  | { readonly kind: 'damage'; readonly id: string; readonly clients: number }
  /** Returns the number of requests since the last call. */
  | { readonly kind: 'count' }
  | { readonly kind: 'fault'; readonly tenant: string; readonly order: FaultOrder }
  | { readonly kind: 'heal' }
  /** Limits the requests to every tenant; `null` for no limit. */
  | { readonly kind: 'limit'; readonly perSecond: number | null }
  /** Returns the number of requests beyond the limit. */
  | { readonly kind: 'refused' };

export interface Answer {
  readonly id: number;
  readonly result: unknown;
}

/** A sandbox in a process of its own. */
export interface SandboxProcess {
  readonly url: string;
  addTenant(id: string, tree: string): Promise<TenantAccess>;
  /** @returns how many clients were damaged */
  damage(id: string, clients: number): Promise<number>;
  /** @returns requests since the last call */
  countRequests(): Promise<number>;
  fault(tenant: string, order: FaultOrder): Promise<void>;
  heal(): Promise<void>;
  /** Limits the requests to the hub of every tenant to a number per second, without bursts. */
  limit(perSecond: number | null): Promise<void>;
  /** @returns requests answered with 429 so far */
  countRefused(): Promise<number>;
  close(): Promise<void>;
}

const CHILD = fileURLToPath(new URL('sandbox-child.ts', import.meta.url));

export async function startSandboxProcess(): Promise<SandboxProcess> {
  const child = fork(CHILD, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const waiting = new Map<number, (result: unknown) => void>();
  const url = await new Promise<string>((resolve, reject) => {
    waiting.set(0, (result) => resolve(result as string));
    child.on('message', ({ id, result }: Answer) => {
      waiting.get(id)?.(result);
      waiting.delete(id);
    });
    child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)));
  });
  let last = 0;
  const ask = <Result>(order: Order): Promise<Result> =>
    new Promise((resolve) => {
      const id = ++last;
      waiting.set(id, (result) => resolve(result as Result));
      child.send({ id, order });
    });
  return {
    url,
    addTenant: (id, tree) => ask({ kind: 'add', id, tree }),
    damage: (id, clients) => ask({ kind: 'damage', id, clients }),
    countRequests: () => ask({ kind: 'count' }),
    fault: (tenant, order) => ask({ kind: 'fault', tenant, order }),
    heal: () => ask({ kind: 'heal' }),
    limit: (perSecond) => ask({ kind: 'limit', perSecond }),
    countRefused: () => ask({ kind: 'refused' }),
    async close() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
