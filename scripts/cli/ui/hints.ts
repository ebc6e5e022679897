import type { Disposition, ErrorCode, TenantBackupError } from '../../../functions/errors.ts';
import { commandText, idWord } from './command-text.ts';

const CHECK_SETTINGS = 'correct the settings in cdk.json, then: npx cdk deploy';
const DOCTOR = 'tenant-backup doctor';
const DAMAGED =
  'restore another backup (tenant-backup list), and keep this one for the investigation; docs/RUNBOOK.md';

type Hint = string | ((facts: TenantBackupError['facts']) => string);

const tenantOf = (facts: TenantBackupError['facts']): string => idWord(facts['tenant'], 'tenant');

/** Names the operation by its id if known, so that `status` never shows another one. */
function statusOf(facts: TenantBackupError['facts']): string {
  const { into, operationId } = facts;
  const id = operationId === undefined ? '' : idWord(operationId, 'operation');
  return ['tenant-backup status', into === undefined ? tenantOf(facts) : idWord(into, 'tenant'), id]
    .filter(Boolean)
    .join(' ');
}

/** Names the backup and the target of a plan. */
function plannedBackup(facts: TenantBackupError['facts']): string {
  const { tenant, backupOf = tenant, versionId } = facts;
  if (backupOf === undefined) return tenantOf(facts);
  const backup = idWord(versionId === undefined ? backupOf : `${backupOf}@${versionId}`, 'backup');
  return backupOf === tenant ? backup : `${backup} --into ${tenantOf(facts)}`;
}

/** The next step after a failure, by code. */
const HINTS: Readonly<Partial<Record<ErrorCode, Hint>>> = {
  AWS_NOT_CONFIGURED: 'aws sso login, or set AWS_PROFILE and AWS_REGION (--profile, --region)',
  AWS_UNAVAILABLE: (facts) =>
    facts['end'] === 'unknown' && facts['operationId'] !== undefined
      ? statusOf(facts)
      : 'check the network, the region and AWS_ENDPOINT_URL, then repeat the command',
  AWS_ACCESS_DENIED: `${DOCTOR} (shows your identity and your operator policies)`,
  NOT_DEPLOYED: 'npx cdk deploy, or name the deployment with --stack, --region and --profile',
  NOT_ENROLLED: 'tenant-backup tenants list',
  ALREADY_ENROLLED:
    'tenant-backup tenants list; to enrol it again: first tenant-backup tenants remove <name>',
  ENROLMENT_CHANGED: 'repeat the command',
  INVALID_ENROLMENT: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  AUTHENTICATION_REFUSED: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  PERMISSION_DENIED: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  TENANT_NOT_FOUND: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  UNEXPECTED_RESPONSE: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  EXPORT_MALFORMED: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  TENANT_UNAVAILABLE: (facts) => `tenant-backup tenants test ${tenantOf(facts)}`,
  TENANT_UNTRUSTED:
    'correct the issuer, or add the CA of its certificate to the enrolment as ca; docs/ENROLMENT.md',
  TENANT_THROTTLED: 'wait a minute, then repeat the command',
  TENANT_LOCKED: (facts) => `tenant-backup status ${tenantOf(facts)}`,
  NO_BACKUP: (facts) =>
    facts['limited'] === undefined
      ? `tenant-backup run ${tenantOf(facts)}; for all backups: tenant-backup list`
      : `tenant-backup list ${tenantOf(facts)}`,
  VERSION_NOT_FOUND: (facts) => `tenant-backup list ${tenantOf(facts)}`,
  BEFORE_FIRST_BACKUP: (facts) => `tenant-backup list ${tenantOf(facts)}`,
  ID_AMBIGUOUS: 'repeat the command with more characters of the id',
  BACKUP_FLAGGED: (facts) =>
    `look: tenant-backup report; then restore ${tenantOf(facts)}@good, name the backup by its id, or add --allow-flagged`,
  BACKUP_ARCHIVED: 'aws s3api restore-object, wait for some hours, then repeat the command',
  BACKUP_TOO_LARGE: `raise maxExportMegabytes: ${CHECK_SETTINGS}`,
  BACKUP_PROTECTED: (facts) => `tenant-backup retention preview ${tenantOf(facts)}`,
  EXPORT_TOO_LARGE: `raise maxExportMegabytes: ${CHECK_SETTINGS}`,
  INVALID_CONFIGURATION: CHECK_SETTINGS,
  INVALID_ENVIRONMENT: 'npx cdk deploy (the functions are older than this command, or were changed manually)',
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
  FORMAT_UNSUPPORTED: 'update this software: git pull && npm ci',
  PLAN_NOT_FOUND: (facts) => `tenant-backup plan ${tenantOf(facts)}`,
  PLAN_STALE: (facts) =>
    `tenant-backup plan ${plannedBackup(facts)} (with the same options), then: tenant-backup restore ${tenantOf(facts)} --plan <the new id>`,
  PLAN_CHANGED: (facts) =>
    `tenant-backup plan ${plannedBackup(facts)} (with the same options), review it, then: tenant-backup restore ${tenantOf(facts)} --plan <the new id>`,
  CHANGE_IMPOSSIBLE: (facts) => {
    if (facts['problem'] === 'IDENTIFIER_TAKEN')
      return 'repeat the command with --identifiers skip, or take; --dry-run names each of them';
    return facts['operation'] === 'patch'
      ? `tenant-backup patch apply ${tenantOf(facts)} <patch> --dry-run (names each problem)`
      : `tenant-backup plan ${tenantOf(facts)}`;
  },
  PRUNE_UNEXPECTED: (facts) =>
    facts['operation'] === 'patch'
      ? 'if you want that, repeat the command with --deletions and that number'
      : `tenant-backup plan ${tenantOf(facts)} --prune; if you want that, restore with that plan`,
  CREDENTIALS_CHOICE: 'repeat the command with --credentials restore, or keep',
  SOURCE_MISMATCH: (facts) =>
    `if you want that backup, repeat the command with --allow-other-source; otherwise: tenant-backup list ${tenantOf(facts)}`,
  BACKUP_REPLAYED: (facts) =>
    `tenant-backup list ${tenantOf(facts)}, then restore another version by its id; if you want this one: --allow-old-bytes`,
  LOCK_LOST: statusOf,
  LOCKED_OUT: 'docs/RUNBOOK.md, "Locked out of a tenant"',
  ROLLBACK_FAILED: statusOf,
  IMPORT_REFUSED: statusOf,
  IMPORT_CONFLICT: statusOf,
  OUT_OF_TIME: statusOf,
  FUNCTION_KILLED: (facts) =>
    facts['operationId'] === undefined
      ? 'docs/RUNBOOK.md, "A function fails or is throttled"'
      : statusOf(facts),
  NOT_SCRATCH: 'set drill.into in cdk.json to a tenant that may be overwritten; docs/DRILLS.md',
  OUTPUT_FAILED: 'free space or choose another folder, then repeat the command',
  OPERATION_NOT_FOUND: 'tenant-backup status <tenant>; entries of the ledger expire',
  REPORT_NOT_FOUND: 'tenant-backup report --now',
  RESTORE_MISMATCH: statusOf,
  DEFECT: 'please report this message; it contains none of your data',
};

/** The next step where AWS refused or failed a function, and not the person's own call. */
const IN_FUNCTION: Readonly<Partial<Record<ErrorCode, string>>> = {
  AWS_NOT_CONFIGURED: 'repeat the command in a minute: AWS renews the credentials of a function',
  AWS_UNAVAILABLE: 'repeat the command in a minute',
  AWS_ACCESS_DENIED:
    'repeat the command in five minutes: a new permission takes that long; then npx cdk deploy, which corrects the role',
  KEY_UNAVAILABLE:
    'tenant-backup keys check; a new key, alias or tag counts after five minutes: repeat the command then',
};

/** The next step after a refused enrolment. */
const NOT_STORED =
  'correct the field that the message names, then repeat the command (docs/ENROLMENT.md); --no-test skips the test';

const BY_DISPOSITION: Readonly<Record<Disposition, string>> = {
  retry: 'repeat the command in a minute',
  reject: 'tenant-backup help <verb>',
  halt: `before you repeat the command: ${DOCTOR}; docs/RUNBOOK.md`,
};

/** Returns the next step after a failure. */
export function hintFor({ code, disposition, facts }: TenantBackupError): string {
  if (facts['stored'] === false) return NOT_STORED;
  const inFunction = facts['inFunction'] === true ? IN_FUNCTION[code] : undefined;
  const hint = inFunction ?? HINTS[code] ?? BY_DISPOSITION[disposition];
  const text = typeof hint === 'string' ? hint : hint(facts);
  return text.replaceAll(/\btenant-backup(?= [a-z])/g, commandText());
}
