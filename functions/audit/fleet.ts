import { mapLimited } from '../map-limited.ts';
import type { Tier } from '../runtime/names.ts';
import type { Enrolments } from '../tenant/enrolment/enrolment.client.ts';
import { parseRootTenantName } from '../tenant/enrolment/root-tenant-name.ts';
import type { VaultInventory } from '../vault/storage/kept-backups.client.ts';
import type { EnrolledTenant } from './assess/assess-tenant.ts';
import { type TenantHistory, updateHistory } from './history.ts';
import type { LedgerEvents, ReportStore } from './report-store.client.ts';
import type { AuditSettings } from './settings.ts';

/** Limit of concurrent reads. */
const REQUESTS = 16;

/** A tenant that is enrolled, or has backups, or both. */
export interface Member {
  readonly tenant: string;
  readonly enrolled: EnrolledTenant | null;
  readonly deleted: readonly Tier[];
  /** History as the previous audit wrote it. */
  readonly known: TenantHistory | null;
  /** Key of an object in the history's place that is none. */
  readonly passedOver: readonly string[];
  history: TenantHistory;
}

/** Gathers every tenant that is enrolled or has backups, with its history up to now. */
export async function gatherFleet(
  entries: Awaited<ReturnType<Enrolments['entries']>>,
  { versions, deleted }: VaultInventory,
  eventsByTenant: LedgerEvents['byTenant'],
  now: Date,
  {
    reports,
    settings,
  }: {
    readonly reports: Pick<ReportStore, 'readHistory'>;
    readonly settings: Pick<AuditSettings, 'drill' | 'schedules'>;
  },
): Promise<Member[]> {
  const byTenant = Map.groupBy(versions, ({ tenant }) => tenant);
  const enrolled = new Map(
    entries.map(({ name, schedule, paused, enrolledAt }): [string, EnrolledTenant] => [
      name,
      {
        tenant: name,
        schedule: schedule ?? paused ?? null,
        // Drills overwrite this tenant, so it needs no backups.
        paused: (schedule === undefined && paused !== undefined) || name === settings.drill?.into,
        scratch: name === settings.drill?.into,
        enrolledAt: enrolledAt ?? null,
      },
    ]),
  );
  const archives = [...new Set([...byTenant.keys(), ...deleted.map(({ tenant }) => tenant)])];
  const enrolmentOf = (tenant: string): EnrolledTenant | null => {
    const own = enrolled.get(tenant) ?? enrolled.get(parseRootTenantName(tenant)?.enrolment ?? '');
    return own ? { ...own, tenant } : null;
  };
  // An enrolment of several tenants has backups of these tenants, and none under its own name.
  const standsForOthers = (name: string): boolean =>
    !byTenant.has(name) && archives.some((tenant) => parseRootTenantName(tenant)?.enrolment === name);
  const names = new Set([...archives, ...[...enrolled.keys()].filter((name) => !standsForOthers(name))]);
  const fleet = await mapLimited([...names].sort(), REQUESTS, async (tenant): Promise<Member> => {
    const { content: known, passedOver } = await reports.readHistory(tenant);
    const own = enrolmentOf(tenant);
    return {
      tenant,
      enrolled: own,
      deleted: deleted.filter((each) => each.tenant === tenant).map(({ tier }) => tier),
      known,
      passedOver,
      history: updateHistory(
        tenant,
        known,
        byTenant.get(tenant) ?? [],
        eventsByTenant.get(tenant) ?? [],
        now,
        own && {
          schedule: own.schedule,
          limitHours: settings.schedules[own.schedule ?? ''] ?? null,
        },
      ),
    };
  });
  return fleet;
}
