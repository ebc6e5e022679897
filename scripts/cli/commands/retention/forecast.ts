import { TIERS, type Tier } from '../../../../functions/runtime/names.ts';
import {
  type Fate,
  type HistoryEntry,
  type KeepReason,
  predictRetention,
} from '../../../../functions/vault/retention/retention.ts';
import type { RetentionPolicy } from '../../../../functions/vault/retention/retention-policy.ts';
import { tierRules } from '../../../../functions/vault/retention/retention-rules.ts';
import { table } from '../../ui/output.ts';

/** The forecast for the versions of one tenant in one tier. */
export interface TierForecast {
  readonly tenant: string;
  readonly tier: Tier;
  /** Newest first. */
  readonly fates: readonly Fate[];
}

/** Predicts which versions S3 keeps.
 * @returns by tenant, then by tier */
export function forecast(
  histories: readonly { tier: Tier; tenant: string; entries: readonly HistoryEntry[] }[],
  policy: RetentionPolicy,
  at: Date,
): TierForecast[] {
  const rules = tierRules(policy);
  return histories
    .flatMap(({ tier, tenant, entries }) => {
      const rule = rules.find(({ id }) => id === tier);
      return rule ? [{ tenant, tier, fates: predictRetention(entries, rule, at) }] : [];
    })
    .toSorted(
      (a, b) => a.tenant.localeCompare(b.tenant, 'en') || TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier),
    );
}

/** Returns a table for each tenant, with a line for each version. */
export function forecastTables(forecasts: readonly TierForecast[], at: Date): string[] {
  const header = ['TIER', 'VERSION', 'STORED (UTC)', 'DELETED (UTC)', 'KEPT BECAUSE'];
  return [...Map.groupBy(forecasts, ({ tenant }) => tenant)].flatMap(([tenant, tiers], index) => {
    const fates = tiers.flatMap((tier) => tier.fates);
    const left = fates.filter(({ reasons }) => reasons.length > 0).length;
    const rows = tiers.flatMap(({ tier, fates }) => fates.map((fate) => [tier, ...cellsOf(fate)]));
    const heading = `${tenant} at ${minute(at)} UTC: ${left} of ${fates.length} versions kept`;
    return [...(index > 0 ? [''] : []), heading, ...table(header, rows)];
  });
}

const VERSION_CHARACTERS = 12;

function cellsOf({ entry, reasons, goesAt }: Fate): string[] {
  const because = reasons.length === 0 ? 'deleted' : reasons.map(describeReason).join(', ');
  return [
    entry.versionId.slice(0, VERSION_CHARACTERS),
    minute(entry.storedAt),
    goesAt === null ? '-' : day(goesAt),
    because,
  ];
}

function describeReason(reason: KeepReason): string {
  switch (reason.kind) {
    case 'current':
      return 'current';
    case 'newest':
      return `one of the ${reason.of + 1} newest`;
    case 'young':
      return `replaced less than ${reason.days} days ago`;
    case 'locked':
      return `locked until ${minute(reason.until)}`;
    case 'held':
      return 'legal hold';
    case 'next-run':
      return `until the next lifecycle run`;
  }
}

const minute = (time: Date): string => time.toISOString().slice(0, 16).replace('T', ' ');
const day = (time: Date): string => time.toISOString().slice(0, 10);
