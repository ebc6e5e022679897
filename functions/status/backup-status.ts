import { tenantsOfForward } from '../backup/forward-record.ts';
import type { BackupRequest } from '../backup/request.ts';
import { parseRequestRecord } from '../backup/request-record.ts';
import { type RequestState, stateOfRequest } from '../backup/request-state.ts';
import type { Clients } from '../runtime/clients.ts';
import { TIERS } from '../runtime/names.ts';
import { parseRootTenantName } from '../tenant/enrolment/root-tenant-name.ts';
import type { VaultVersion } from '../vault/storage/vault.client.ts';

export type BackupTools = Pick<Clients, 'ledger' | 'now'> & {
  readonly vault: Pick<Clients['vault'], 'findScheduled' | 'listVersions'>;
};

/** A backup in the vault. */
export interface StoredBackup extends Pick<VaultVersion, 'tier' | 'versionId' | 'sizeBytes'> {
  /** RFC 3339 in UTC. */
  readonly storedAt: string;
}

/** The state of a tenant's last request for a backup, see `REQUEST_STATES`. */
export type BackupStatus = (Exclude<RequestState, { state: 'stored' }> | { readonly state: 'stored' }) & {
  /** Null if its records have expired. */
  readonly request: BackupRequest | null;
  /** The backup of the request if it is stored; otherwise the newest one, safety backups apart; null if there is none. */
  readonly backup: StoredBackup | null;
};

/** Reports the last backup of a tenant, from the records of its requests and the list of its versions.
 * @returns null if there is neither */
export async function statusOfBackup(tenant: string, tools: BackupTools): Promise<BackupStatus | null> {
  const [request, newest] = await Promise.all([lastRequest(tenant, tools), newestBackup(tenant, tools)]);
  const backup = newest && stored(newest);
  if (request === null) return backup && { state: 'stored', request, backup };
  const found = await stateOfRequest(request, tools);
  if (found.state === 'stored') return { state: 'stored', request, backup: stored(found.version) };
  return { ...found, request, backup };
}

const stored = ({ tier, versionId, sizeBytes, storedAt }: VaultVersion): StoredBackup => ({
  tier,
  versionId,
  sizeBytes,
  storedAt: storedAt.toISOString(),
});

/** Returns the request of the latest time that the ledger knows. A schedule's request is known from its first try on, and that
 * of a tenant of many from the forward of its enrolment on. */
async function lastRequest(tenant: string, { ledger }: BackupTools): Promise<BackupRequest | null> {
  const enrolment = parseRootTenantName(tenant)?.enrolment;
  const places = [
    { kind: 'requests', owner: tenant },
    { kind: 'tries', owner: tenant },
    ...(enrolment === undefined ? [] : [{ kind: 'forwards', owner: enrolment } as const]),
  ] as const;
  const entries = await Promise.all(
    places.map(async (place) =>
      (await ledger.list(place.kind, place.owner)).map(({ id }) => ({ ...place, id })),
    ),
  );
  // Times of one form sort as texts.
  const latestFirst = entries.flat().sort((a, b) => (a.id < b.id ? 1 : -1));
  for (const { kind, owner, id } of latestFirst.slice(0, MOST_READ)) {
    const entry = await ledger.read(kind, owner, id);
    const request = entry && parseRequestRecord(entry.document, { tenant: owner, scheduledTime: id });
    if (request === null) continue;
    if (kind !== 'forwards' || tenantsOfForward(entry?.document)?.includes(tenant)) {
      return { ...request, tenant };
    }
  }
  return null;
}

/** More invalid records than these hide what is older. */
const MOST_READ = 20;

async function newestBackup(tenant: string, { vault }: BackupTools): Promise<VaultVersion | null> {
  const tiers = TIERS.filter((tier) => tier !== 'safety');
  const newest = await Promise.all(tiers.map(async (tier) => (await vault.listVersions(tier, tenant))[0]));
  const found = newest.filter((version) => version !== undefined);
  return found.toSorted((a, b) => b.storedAt.getTime() - a.storedAt.getTime())[0] ?? null;
}
