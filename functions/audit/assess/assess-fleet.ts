/** Findings about what all tenants share: the keys, the vault's settings, the drills and the audit itself. */
import type { KeyPurpose } from '../../runtime/names.ts';
import { type AddedPrincipal, describePrincipal } from '../../vault/keys/key-access.ts';
import type { SettingDifference } from '../../vault/retention/retention-check.ts';
import type { NewFinding } from '../findings.ts';
import type { TenantHistory } from '../history.ts';
import type { AuditSettings } from '../settings.ts';

/** State of a key as KMS reports it, or `missing` if KMS has no such key. It is `unnamed` if no alias makes it a backup key,
 * so that no function may use it.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
export type KeyState = string;

const HEALTHY: readonly KeyState[] = ['Enabled'];

/** A key, and the backups that depend on it. */
export interface KeyHealth {
  readonly keyArn: string;
  readonly purpose: KeyPurpose | 'fingerprint' | 'signing' | null;
  readonly labels: readonly string[];
  readonly state: KeyState;
  /** Principals that its policy and grants admit, besides the account's IAM policies; null if KMS refuses to list them. */
  readonly principals: readonly AddedPrincipal[] | null;
  /** Number of kept backups with a part that is sealed under it. */
  readonly backups: number;
  /** Number of these backups that an escrow key also opens. */
  readonly escrowed: number;
  /** Whether new backups need it. */
  readonly isDefault: boolean;
}

/** Assesses the keys by their states and by the principals that they admit. */
export const assessKeys = (keys: readonly KeyHealth[]): NewFinding[] => [
  ...assessStates(keys),
  ...keys.flatMap(assessPrincipals),
];

/** Reports keys that are not enabled, except keys that no present or future backup needs. */
const assessStates = (keys: readonly KeyHealth[]): NewFinding[] =>
  keys
    .filter(({ state, backups, isDefault }) => !HEALTHY.includes(state) && (backups > 0 || isDefault))
    .map(({ keyArn, state, backups, escrowed, isDefault }) => ({
      code: 'KEY_UNHEALTHY' as const,
      severity: 'alarm' as const,
      tenant: null,
      subject: keyArn,
      message: `key ${keyArn} must be Enabled, it is ${state}: ${backups} kept backups need it${isDefault ? ', and so does every new one' : ''}`,
      facts: { keyArn, state, backups, escrowed, isDefault },
    }));

/** Reports every principal that a key admits besides IAM. The deployed key policies leave all access to IAM, so any other
 * principal is unexpected, even a role of the deployment. */
function assessPrincipals({ keyArn, principals, backups, isDefault }: KeyHealth): NewFinding[] {
  const finding = (subject: string, what: string): NewFinding => ({
    code: 'KEY_PRINCIPAL_UNEXPECTED',
    severity: 'alarm',
    tenant: null,
    subject,
    message: `only the account's IAM policies may decide who uses key ${keyArn}, ${what}`,
    facts: { keyArn, backups, isDefault },
  });
  if (principals === null) return [finding(keyArn, 'KMS refuses to tell who else does')];
  return principals.map((added) =>
    finding(`${keyArn} ${describePrincipal(added)}`, `it lets in ${describePrincipal(added)}`),
  );
}

/** Reports each vault setting that differs from the deployed one.
 * @param differences see `compareBucket` */
export const assessVault = (differences: readonly SettingDifference[]): NewFinding[] =>
  differences.map(({ setting, expected, found }) => ({
    code: 'VAULT_SETTINGS_CHANGED' as const,
    severity: 'alarm' as const,
    tenant: null,
    subject: setting,
    message: `${setting} of the vault must be "${expected}", it is "${found}"`,
    facts: { setting, expected, found },
  }));

/** Audit intervals that may pass without a completed audit before the next audit reports the gap. */
const MISSED_AUDITS = 3;

/** Assesses the audit itself.
 * @param previousAudit time of the last completed audit; null for the first audit
 * @param unopened number of backups that no audit has opened yet */
export function assessAudit(
  previousAudit: string | null,
  unopened: number,
  { everyHours }: Pick<AuditSettings, 'everyHours'>,
  now: Date,
): NewFinding[] {
  const findings: NewFinding[] = [];
  const hours = previousAudit === null ? 0 : (now.getTime() - Date.parse(previousAudit)) / 3_600_000;
  if (hours > everyHours * MISSED_AUDITS) {
    findings.push({
      code: 'AUDIT_WAS_SILENT',
      severity: 'warning',
      tenant: null,
      subject: null,
      message: `the audit before this one must be at most ${everyHours * MISSED_AUDITS} hours ago, it was ${Math.floor(hours)}`,
      facts: { hours: Math.floor(hours) },
    });
  }
  if (unopened > 0) {
    findings.push({
      code: 'AUDIT_INCOMPLETE',
      severity: 'warning',
      tenant: null,
      subject: null,
      message: `${unopened} backups were not opened yet: the next audit goes on`,
      facts: { unopened },
    });
  }
  return findings;
}

/** Checks that a recent drill of any tenant was verified.
 * @param drill undefined if no drills are scheduled */
export function assessDrills(
  histories: readonly Pick<TenantHistory, 'events'>[],
  { drill }: Pick<AuditSettings, 'drill'>,
  now: Date,
): NewFinding[] {
  if (drill === undefined) return [];
  const times = histories.flatMap(({ events }) =>
    events.flatMap(({ kind, ok, at }) => (kind === 'drill' && ok === true ? [Date.parse(at)] : [])),
  );
  const hours = (now.getTime() - Math.max(...times)) / 3_600_000;
  if (hours <= drill.withinHours) return [];
  return [
    {
      code: 'DRILLS_SILENT',
      severity: 'warning',
      tenant: null,
      subject: null,
      message: `a drill must have been proved in the last ${drill.withinHours} hours, ${times.length === 0 ? 'none is known' : `the last one was ${Math.floor(hours)} hours ago`}`,
      facts: { limit: drill.withinHours },
    },
  ];
}
