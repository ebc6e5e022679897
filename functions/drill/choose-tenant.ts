/** Orders tenants by their last drill, the longest ago first; tenants without any drill come before all others.
 * @param candidates names, in any order
 * @param drills those in the ledger, the latest first */
export function tenantsInTurn(
  candidates: readonly string[],
  drills: readonly { readonly tenant: string; readonly writtenAt: Date }[],
): string[] {
  const last = new Map<string, number>();
  for (const { tenant, writtenAt } of drills) {
    last.set(tenant, Math.max(last.get(tenant) ?? 0, writtenAt.getTime()));
  }
  return candidates.toSorted(
    (a, b) => (last.get(a) ?? 0) - (last.get(b) ?? 0) || (a < b ? -1 : a > b ? 1 : 0),
  );
}
