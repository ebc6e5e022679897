/** The package's construct, the stack with one of it, and the types of their props. */
export { TenantBackupStack, type TenantBackupStackProps } from './stack.ts';
export { TenantBackup } from './tenant-backup.ts';
export type {
  AuditProps,
  DrillProps,
  FunctionProps,
  LaneProps,
  ObjectLockProps,
  PrincipalTagProps,
  ScheduleProps,
  TenantBackupProps,
  TierRetentionProps,
} from './tenant-backup-props.ts';
