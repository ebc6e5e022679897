import type { Disposition, ErrorCode, TenantBackupError } from '../../../functions/errors.ts';
import { commandText } from './command-text.ts';

const CHECK_SETTINGS = 'correct the settings in cdk.json, then: npx cdk deploy';
const DOCTOR = 'tenant-backup doctor';
const DAMAGED =
  'restore another backup, and keep this one for whoever investigates (tenant-backup list); docs/RUNBOOK.md';

type Hint = string | ((facts: TenantBackupError['facts']) => string);

const tenantOf = (facts: TenantBackupError['facts']): string => String(facts['tenant'] ?? '<tenant>');

/** An operation by its id, where it is known: another one of the tenant must not pass for it. */
function statusOf(facts: TenantBackupError['facts']): string {
  const { into, operationId } = facts;
  return ['tenant-backup status', into ?? tenantOf(facts), operationId].filter(Boolean).join(' ');
}

/** The backup that a plan was made of, and where it was to go. */
function planned(facts: TenantBackupError['facts']): string {
  const { tenant, backupOf = tenant, versionId } = facts;
  if (backupOf === undefined) return tenantOf(facts);
  const backup = versionId === undefined ? `${backupOf}` : `${backupOf}@${versionId}`;
  return backupOf === tenant ? backup : `${backup} --into ${tenant}`;
}

/** The next thing to type, or to do, after a failure. */
const HINTS: Readonly<Partial<Record<ErrorCode, Hint>>> = {
  AWS_NOT_CONFIGURED: 'aws sso login, or set AWS_PROFILE and AWS_REGION (--profile, --region)',
  AWS_UNAVAILABLE: (facts) =>
    facts['end'] === 'unknown' && facts['operationId'] !== undefined
      ? statusOf(facts)
      : 'check the network, the region and AWS_ENDPOINT_URL, then repeat the command',
  AWS_ACCESS_DENIED: `${DOCTOR} (says who you are, and which of the policies for people you have)`,
  NOT_DEPLOYED: 'npx cdk deploy; or name the stack, region and profile: --stack, --region, --profile',
  NOT_ENROLLED: 'tenant-backup tenants list',
  ALREADY_ENROLLED: 'tenant-backup tenants list; to enrol it anew: tenant-backup tenants remove <name>',
  INVALID_ENROLMENT: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  AUTHENTICATION_REFUSED: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  PERMISSION_DENIED: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  TENANT_NOT_FOUND: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  UNEXPECTED_RESPONSE: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  EXPORT_MALFORMED: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  TENANT_UNAVAILABLE: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  TENANT_UNTRUSTED: 'name the authority in the enrolment, if it is one of your own: ca, docs/ENROLMENT.md',
  TENANT_THROTTLED: 'wait a minute, then repeat the command',
  TENANT_LOCKED: (facts) => `tenant-backup status ${tenantOf(facts)}`,
  NO_BACKUP: (facts) => `tenant-backup run ${tenantOf(facts)}; or look at all: tenant-backup list`,
  VERSION_NOT_FOUND: (facts) => `tenant-backup list ${tenantOf(facts)}`,
  BEFORE_FIRST_BACKUP: (facts) => `tenant-backup list ${tenantOf(facts)}`,
  ID_AMBIGUOUS: 'repeat the command with more characters of the id',
  BACKUP_ARCHIVED: 'aws s3api restore-object, some hours of patience, then repeat the command',
  BACKUP_TOO_LARGE: `raise maxExportMegabytes: ${CHECK_SETTINGS}`,
  BACKUP_PROTECTED: (facts) => `tenant-backup retention preview ${tenantOf(facts)}`,
  EXPORT_TOO_LARGE: `raise maxExportMegabytes: ${CHECK_SETTINGS}`,
  OBJECT_LOCK_OFF: `set objectLock: ${CHECK_SETTINGS}`,
  INVALID_CONFIGURATION: CHECK_SETTINGS,
  INVALID_ENVIRONMENT: 'npx cdk deploy (the functions are older than this command, or were changed by hand)',
  KEY_UNKNOWN: 'tenant-backup keys list',
  KEY_EXISTS: 'tenant-backup keys list',
  KEY_UNAVAILABLE: 'tenant-backup keys check',
  KEY_MISMATCH: 'tenant-backup keys check',
  ARCHIVE_MALFORMED: DAMAGED,
  MANIFEST_MALFORMED: DAMAGED,
  DIGEST_MISMATCH: DAMAGED,
  CONTEXT_MISMATCH: DAMAGED,
  SEAL_BROKEN: DAMAGED,
  PART_MALFORMED: DAMAGED,
  FORMAT_UNSUPPORTED: 'use a later release of this software: git pull && npm ci',
  PLAN_NOT_FOUND: (facts) => `tenant-backup plan ${tenantOf(facts)}`,
  PLAN_STALE: (facts) =>
    `tenant-backup plan ${planned(facts)} (with the same options), then: tenant-backup restore ${tenantOf(facts)} --plan <the new id>`,
  PLAN_CHANGED: (facts) =>
    `tenant-backup plan ${planned(facts)} (with the same options), read it, then: tenant-backup restore ${tenantOf(facts)} --plan <the new id>`,
  CHANGE_IMPOSSIBLE: (facts) =>
    facts['operation'] === 'patch'
      ? `tenant-backup patch apply ${tenantOf(facts)} <patch> --dry-run (names each problem)`
      : `tenant-backup plan ${tenantOf(facts)}`,
  PRUNE_UNEXPECTED: (facts) =>
    facts['operation'] === 'patch'
      ? 'repeat the command with --deletions and that number, if it is meant'
      : `tenant-backup plan ${tenantOf(facts)} --prune, then restore by that plan, if it is meant`,
  CREDENTIALS_CHOICE: 'repeat the command with --credentials restore, or keep',
  SOURCE_MISMATCH: (facts) =>
    `repeat the command with --allow-other-source, if both are the same tenant or it is meant; else: tenant-backup list ${tenantOf(facts)}`,
  LOCK_LOST: statusOf,
  ROLLBACK_FAILED: statusOf,
  IMPORT_REFUSED: statusOf,
  IMPORT_CONFLICT: statusOf,
  OUT_OF_TIME: statusOf,
  FUNCTION_KILLED: (facts) =>
    facts['operationId'] === undefined
      ? 'docs/RUNBOOK.md, "A function fails or is throttled"'
      : statusOf(facts),
  NOT_SCRATCH: 'name a tenant that may be overwritten, drill.into in cdk.json; docs/DRILLS.md',
  OPERATION_NOT_FOUND: 'tenant-backup status <tenant>; entries of the ledger expire',
  REPORT_NOT_FOUND: 'tenant-backup report --now',
  RESTORE_MISMATCH: statusOf,
  DEFECT: 'please report the message; it holds no data of yours',
};

/** After an enrolment that was refused. */
const NOT_STORED =
  'nothing was stored: correct what the message names, and repeat the command (docs/ENROLMENT.md); --no-test leaves out the test';

const BY_DISPOSITION: Readonly<Record<Disposition, string>> = {
  retry: 'repeat the command in a minute',
  reject: 'tenant-backup help <verb>',
  halt: `look before you repeat anything: ${DOCTOR}; docs/RUNBOOK.md`,
};

/** What to type or do next after a failure. */
export function hintFor({ code, disposition, facts }: TenantBackupError): string {
  if (facts['stored'] === false) return NOT_STORED;
  const hint = HINTS[code] ?? BY_DISPOSITION[disposition];
  const text = typeof hint === 'string' ? hint : hint(facts);
  return text.replaceAll(/\btenant-backup(?= [a-z])/g, commandText());
}
