import type { Command } from 'commander';
import { isTenantBackupError, TenantBackupError } from '../../functions/errors.ts';
import type { PlanDocument } from '../../functions/plan/plan-document.ts';
import { readPlan } from '../../functions/plan/stored-plan.ts';
import { vaultKey } from '../../functions/vault/layout.ts';
import { createLedger } from '../../functions/vault/ledger.client.ts';
import type { Deployment } from './deployment.ts';
import { findByPrefix, WHOLE_ID } from './short-ids.ts';
import { showTime } from './times.ts';

/** What may be said beside a plan: how it is carried out. Everything else it says itself. */
const BESIDE_PLAN: ReadonlySet<string> = new Set([
  'plan',
  'dryRun',
  'yes',
  'send',
  'onFailure',
  'credentials',
  'allowOtherSource',
]);

/** Judge a command line with `--plan`.
 * @param name the tenant that the plan was made of
 * @throws INVALID_REQUEST naming what the plan says itself */
export function requirePlanAlone(name: string, command: Command): void {
  if (name.includes('@')) {
    throw new TenantBackupError('INVALID_REQUEST', 'beside --plan there must be a tenant without an id');
  }
  vaultKey('daily', name);
  const other = command.options.find(
    (option) =>
      !BESIDE_PLAN.has(option.attributeName()) &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (other === undefined) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `${other.long} must not be given beside --plan, which says it: make another plan`,
  );
}

/** Read a plan from the ledger; needs `s3:GetObject` and `s3:ListBucket` there.
 * @param id its beginning is enough
 * @throws PLAN_NOT_FOUND, ID_AMBIGUOUS */
export async function findPlan(tenant: string, id: string, deployment: Deployment): Promise<PlanDocument> {
  const ledger = createLedger(deployment.s3, await deployment.output('ledgerBucket'));
  if (WHOLE_ID.test(id)) return readPlan(ledger, tenant, id);
  const found = findByPrefix(
    id,
    await ledger.list('plans', tenant),
    (plan) => plan.id,
    (plan) => `${plan.id} (${showTime(plan.writtenAt)})`,
  );
  if (found) return readPlan(ledger, tenant, found.id);
  throw new TenantBackupError(
    'PLAN_NOT_FOUND',
    `tenant "${tenant}" has no plan whose id begins with ${id.slice(0, 80)}: it was never made, or has expired`,
    { tenant },
  );
}

/** Have a stale plan say of what backup another one is to be made. */
export function explainStale({ tenant, desired }: PlanDocument): (error: unknown) => never {
  return (error) => {
    if (!isTenantBackupError(error) || error.code !== 'PLAN_STALE') throw error;
    const versionId = desired.kind === 'backup' ? { versionId: desired.versionId } : {};
    const facts = { ...error.facts, tenant, backupOf: desired.tenant, ...versionId };
    throw new TenantBackupError(error.code, error.message, facts, { cause: error });
  };
}
