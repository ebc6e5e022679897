import { MetricName } from '../runtime/names.ts';
import type { AuditReport } from './audit-report.ts';
import type { FindingCode } from './findings.ts';

const LOST: readonly FindingCode[] = ['BACKUP_BROKEN', 'BACKUP_MISSING', 'ARCHIVE_DELETED'];
const SUSPICIOUS: readonly FindingCode[] = [
  'BACKUP_SHRANK',
  'PART_EMPTIED',
  'MASS_CHANGE',
  'CREDENTIALS_BLANK',
  'CREDENTIALS_MISSING',
  'SECRETS_CHANGED',
  'ENROLMENT_GONE',
  'SCHEDULE_SLOWED',
  'SOURCE_CHANGED',
  'BACKUP_NARROWED',
  'COPY_WITHOUT_ORIGINAL',
];
const KEYS: readonly FindingCode[] = [
  'KEY_UNHEALTHY',
  'KEY_PRINCIPAL_UNEXPECTED',
  'RECIPIENTS_CHANGED',
  'SIGNER_CHANGED',
];
const FAILED: readonly FindingCode[] = ['RESTORE_FAILED', 'RESTORE_INTERRUPTED', 'DRILL_FAILED'];

/** Returns the audit's metrics by name. Zeros are included, as they end an alarm. */
export function metricsOf({ counts, findings, seconds }: AuditReport): Record<string, number> {
  const open = findings.filter(({ severity }) => severity !== 'known');
  const of = (codes: readonly FindingCode[]): number =>
    open.filter(({ code }) => codes.includes(code)).length;
  return {
    [MetricName.audits]: 1,
    [MetricName.auditSeconds]: seconds,
    [MetricName.tenants]: counts.tenants,
    [MetricName.tenantsFresh]: counts.fresh,
    // A tenant without a known schedule counts at once, before its newest backup is too old.
    [MetricName.tenantsWithoutFreshBackup]: new Set(
      open
        .filter(({ code }) => ['NO_BACKUP', 'NO_FRESH_BACKUP', 'SCHEDULE_UNKNOWN'].includes(code))
        .map(({ tenant }) => tenant),
    ).size,
    [MetricName.oldestBackupSeconds]: counts.oldestBackupSeconds,
    [MetricName.backupsLost]: of(LOST),
    [MetricName.suspiciousBackups]: of(SUSPICIOUS),
    [MetricName.keysUnhealthy]: of(KEYS),
    [MetricName.vaultSettingsChanged]: of(['VAULT_SETTINGS_CHANGED']),
    [MetricName.restoresFailed]: of(FAILED),
    [MetricName.drillsUnproved]: of(['DRILL_FAILED', 'DRILLS_SILENT']),
    [MetricName.backupsKept]: counts.versions,
    [MetricName.backupBytes]: counts.bytes,
    [MetricName.backupsOpened]: counts.opened,
    [MetricName.backupsUnopened]: counts.unopened,
    [MetricName.objectsChanged]: counts.objectsChanged,
  };
}
