/** Chooses the tenant whose last drill is the longest ago; tenants without any drill come first.
 * @param candidates names, in any order
 * @param drills those in the ledger, the latest first
 * @returns null if there is no candidate */
export function chooseTenant(
  candidates: readonly string[],
  drills: readonly { readonly tenant: string; readonly writtenAt: Date }[],
): string | null {
  const last = new Map<string, number>();
  for (const { tenant, writtenAt } of drills) {
    last.set(tenant, Math.max(last.get(tenant) ?? 0, writtenAt.getTime()));
  }
  const [first] = candidates.toSorted(
    (a, b) => (last.get(a) ?? 0) - (last.get(b) ?? 0) || (a < b ? -1 : a > b ? 1 : 0),
  );
  return first ?? null;
}
