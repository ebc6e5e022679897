/** Returns when within its schedule's spread a tenant is backed up. It is the same moment each night, so that backups stay as
 * far apart as the schedule says. Tenants spread evenly over the moments.
 * @param spreadSeconds 0 to 900, the longest that SQS delays a message
 * @returns seconds from 0 to below `spreadSeconds`
 * @see http://www.isthe.com/chongo/tech/comp/fnv/ FNV-1a, 32 bits */
export function delaySecondsOf(tenant: string, spreadSeconds: number): number {
  if (spreadSeconds === 0) return 0;
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(tenant)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  // The low bits of FNV are weak on short names.
  return Math.floor((Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 0) / (2 ** 32 / spreadSeconds));
}
