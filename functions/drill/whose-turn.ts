import { TenantBackupError } from '../errors.ts';
import type { RestoreTools } from '../restore/source/restore-plan.ts';
import { chooseAmong, hasOnlyLimited, listBackups } from '../state/choose-backup.ts';
import { tenantsInTurn } from './choose-tenant.ts';
import { beginReport, skippedReport } from './drill-report.ts';
import type { DrillSettings } from './settings.ts';
import { whyUndrillable } from './why-undrillable.ts';

export type DrillTools = RestoreTools & {
  /** @returns names of the tenants that have backups */
  backedUp(): Promise<string[]>;
};

/** Chooses the tenant to drill. At its turn, a tenant that no drill can restore gets a report that says why, and the next one is
 * chosen.
 * @throws NO_BACKUP if there is none */
export async function whoseTurn(settings: DrillSettings, tools: DrillTools): Promise<string> {
  const { tenants, into } = settings;
  const candidates = (tenants ?? (await tools.backedUp())).filter((each) => each !== into);
  const reasons: TenantBackupError[] = [];
  for (const tenant of tenantsInTurn(candidates, await tools.ledger.listAll('drills'))) {
    const reason = await skipUndrillable(tenant, settings, tools);
    if (reason === null) return tenant;
    reasons.push(reason);
  }
  const why = reasons[0] === undefined ? '' : `, first ${reasons[0].message}`;
  throw new TenantBackupError('NO_BACKUP', `no tenant has a whole backup to drill${why}`, { into });
}

/** Records why no drill can restore a tenant.
 * @returns the reason; null if a drill can be tried */
export async function skipUndrillable(
  tenant: string,
  settings: DrillSettings,
  tools: DrillTools,
): Promise<TenantBackupError | null> {
  const reason = await reasonOf(tenant, settings, tools);
  if (reason === null) return null;
  const report = skippedReport(beginReport(tenant, settings, tools.now()), reason);
  await tools.ledger.write('drills', tenant, report.id, report);
  return reason;
}

async function reasonOf(
  tenant: string,
  { into }: DrillSettings,
  tools: DrillTools,
): Promise<TenantBackupError | null> {
  try {
    const listed = await listBackups({ tenant }, tools.vault);
    const version = await chooseAmong(listed, { tenant }, tools.keptBackups);
    const manifest = await tools.keptBackups.manifest(version);
    // The manifest is not verified: it decides only what is worth a try.
    return whyUndrillable(tenant, manifest, await tools.enrolments.get(into));
  } catch (error) {
    // The drill itself reports what else is wrong.
    return hasOnlyLimited(error) ? (error as TenantBackupError) : null;
  }
}
