import type { Command } from 'commander';
import { isTenantBackupError, TenantBackupError } from '../../../../functions/errors.ts';
import { parseInput } from '../../../../functions/parse.ts';
import type { Plan } from '../../../../functions/plan/plan-document.ts';
import { planIdSchema, readPlan } from '../../../../functions/plan/stored-plan.ts';
import { vaultKey } from '../../../../functions/vault/format/layout.ts';
import type { Deployment } from '../../aws/deployment.client.ts';
import { openLedger } from '../../aws/open-ledger.client.ts';

/** Options that are allowed beside --plan. The plan itself contains all others. */
const OPTIONS_BESIDE_PLAN: ReadonlySet<string> = new Set([
  'plan',
  'dryRun',
  'yes',
  'send',
  'onFailure',
  'credentials',
  'allowOtherSource',
  'allowOldBytes',
]);

/** Validates a command line with `--plan`.
 * @param name tenant that the plan was made for
 * @throws INVALID_REQUEST for an option that the plan contains */
export function requirePlanAlone(name: string, command: Command): void {
  if (name.includes('@')) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      'beside --plan, the argument must be a tenant without an id',
    );
  }
  vaultKey('daily', name);
  const other = command.options.find(
    (option) =>
      !OPTIONS_BESIDE_PLAN.has(option.attributeName()) &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (other === undefined) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `${other.long} must not be given beside --plan, which contains it: make another plan`,
  );
}

/** Reads a plan from the ledger; needs `s3:GetObject` and `s3:ListBucket` there.
 * @param id whole id: it is a digest, and the beginning of a digest is easy to forge
 * @throws INVALID_REQUEST, PLAN_NOT_FOUND, PLAN_CHANGED */
export async function findPlan(tenant: string, id: string, deployment: Deployment): Promise<Plan> {
  const planId = parseInput(planIdSchema, id, '--plan', 'INVALID_REQUEST');
  return readPlan((await openLedger(deployment)).ledger, tenant, planId);
}

const STALE_PLAN: ReadonlySet<string> = new Set(['PLAN_STALE', 'PLAN_CHANGED']);

/** Adds the plan's backup to the errors of a stale plan, so that the hint names it. */
export function explainStale({ tenant, desired }: Plan): (error: unknown) => never {
  return (error) => {
    if (!isTenantBackupError(error) || !STALE_PLAN.has(error.code)) throw error;
    const versionId = desired.kind === 'backup' ? { versionId: desired.versionId } : {};
    const facts = { ...error.facts, tenant, backupOf: desired.tenant, ...versionId };
    throw new TenantBackupError(error.code, error.message, facts, { cause: error });
  };
}
