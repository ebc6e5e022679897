import { parseCheckRecord } from '../../../functions/backup/check-record.ts';
import type { Ledger } from '../../../functions/vault/storage/ledger.client.ts';
import type { VaultVersion } from '../../../functions/vault/storage/vault.client.ts';

/** Returns when a check last found a tenant equal to a version.
 * @returns RFC 3339 in UTC; null if no check did since it was stored, or the ledger does not answer */
export async function lastCheckOf(
  version: Pick<VaultVersion, 'tenant' | 'tier' | 'versionId'>,
  ledger: Pick<Ledger, 'read'>,
): Promise<string | null> {
  // Only schedules check.
  if (version.tier === 'manual' || version.tier === 'safety') return null;
  const stored = await ledger.read('checks', version.tenant, version.tier).catch(() => null);
  const check = stored && parseCheckRecord(stored.document, version);
  return check?.versionId === version.versionId && check.scheduledTime !== check.storedFor
    ? check.checkedAt
    : null;
}
