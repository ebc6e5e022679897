import type { Ledger } from '../vault/storage/ledger.client.ts';
import { type ProbeRecord, parseProbe } from './probe-record.ts';

/** Deployments change with each release of the product: an older probe is to be repeated. */
export const PROBE_DAYS = 30;

const DAY_MILLISECONDS = 86_400_000;

/** What the ledger knows of a deployment. */
export interface KnownBehaviour {
  /** The newest probe; null if there is none. */
  readonly probe: ProbeRecord | null;
  /** Whether there is none, or it is older than `PROBE_DAYS`. */
  readonly isDue: boolean;
  /** Keys of entries that are no records of probes: nothing rests on them. */
  readonly passedOver: readonly string[];
}

/** A deployment has one scratch tenant, or a few. */
const MOST_ENTRIES = 20;

/** Clocks differ. */
const TOLERANCE_MILLISECONDS = 300_000;

/** Reads the newest probe of a deployment. Entries are untrusted: one that is damaged, of another deployment, or newer than its
 * object, is named and passed over.
 * @param deployment see `deploymentOf` */
export async function knownBehaviour(
  deployment: string,
  { ledger, now }: { readonly ledger: Pick<Ledger, 'list' | 'read'>; now(): Date },
): Promise<KnownBehaviour> {
  const probes: ProbeRecord[] = [];
  const passedOver: string[] = [];
  for (const { id } of (await ledger.list('probes', deployment)).slice(0, MOST_ENTRIES)) {
    const entry = await ledger.read('probes', deployment, id);
    if (entry === null) continue;
    const probe = parseProbe(entry.document, deployment, id);
    const isOlder =
      probe !== null && Date.parse(probe.at) <= entry.writtenAt.getTime() + TOLERANCE_MILLISECONDS;
    if (isOlder) probes.push(probe);
    else passedOver.push(`probes/${deployment}/${id}.json`);
  }
  const [probe = null] = probes.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const isDue = probe === null || now().getTime() - Date.parse(probe.at) > PROBE_DAYS * DAY_MILLISECONDS;
  return { probe, isDue, passedOver };
}
