import type { Clients } from '../runtime/clients.ts';
import type { Extent } from '../vault/format/extent.ts';
import type { VaultVersion } from '../vault/storage/vault.client.ts';
import type { BackupRequest } from './request.ts';

/** The clients that a claim needs. */
export type ClaimTools = Pick<Clients, 'vault' | 'ledger' | 'now' | 'retryTools'>;

/** A claim holds from its moment until the end of the next window: longer than an upload takes, and at most two windows. */
const WINDOW_MILLISECONDS = 120_000;

const POLL_MILLISECONDS = 2_000;

/** Waits until this delivery may store the backup of a request, or another delivery of the request has stored it. Of
 * simultaneous deliveries one claims the request. The others wait for its version, or for the end of its claim if it died.
 *
 * The role that puts backups may read no entry of the ledger and delete none, so a claim is two objects that S3 creates only
 * if they are absent, named after the present window of time and the next one. Any two claims at the same time share a window.
 * @returns the version that another delivery stored; null if this delivery must store one
 * @throws the errors of `Vault.findScheduled` */
export async function claimRequest(
  request: BackupRequest,
  extent: Extent,
  tools: ClaimTools,
): Promise<VaultVersion | null> {
  const { tenant, tier, scheduledTime } = request;
  for (;;) {
    const isMine = await claim(request, extent, tools);
    // Look after the claim: the delivery before this one may have stored its version just now.
    const found = await tools.vault.findScheduled(tier, tenant, scheduledTime, extent);
    if (found !== null || isMine) return found;
    await tools.retryTools.sleep(POLL_MILLISECONDS);
  }
}

/** @returns whether this delivery holds the claim, or the ledger takes none: a second version is better than no backup */
async function claim(
  { tenant, tier, scheduledTime }: BackupRequest,
  extent: Extent,
  { ledger, now }: ClaimTools,
): Promise<boolean> {
  const present = windowOf(now());
  for (const window of [present, present + 1]) {
    const id = `${tier}-${scheduledTime}-${extent === 'whole' ? '' : `${extent}-`}${window}`;
    const isNew = await ledger
      .create('claims', tenant, id, { tenant, tier, scheduledTime, window })
      .catch(() => true);
    // After a lost answer the SDK meets its own object here: this delivery then waits for the end of its own claim.
    if (!isNew) return false;
  }
  // A ledger that answers minutes later gives a claim that is over.
  return windowOf(now()) <= present + 1;
}

const windowOf = (time: Date): number => Math.floor(time.getTime() / WINDOW_MILLISECONDS);
