import type { Ledger } from '../../functions/vault/storage/ledger.client.ts';

/** Claims in memory, where what is proved is not the ledger. */
export function memoryClaims(): Ledger {
  const created = new Set<string>();
  const create: Ledger['create'] = async (kind, tenant, id) => {
    const key = `${kind}/${tenant}/${id}`;
    if (created.has(key)) return false;
    created.add(key);
    return true;
  };
  return { create } as Ledger;
}

/** A clock that moves only while its owner sleeps. */
export function clockFrom(start: string) {
  let time = Date.parse(start);
  return {
    now: () => new Date(time),
    sleep: async (milliseconds: number) => {
      time += milliseconds;
    },
  };
}
