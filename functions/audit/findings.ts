import type { Facts } from '../errors.ts';
import { sha256Hex } from '../vault/format/archive.ts';

/** Every finding code, with the section of `docs/RUNBOOK.md` that describes the remedy. Codes are stable. */
const SECTIONS = {
  /** The tenant has no good backup, and the time that its schedule allows has passed or the backup failed. */
  NO_BACKUP: 'no-fresh-backup',
  /** The newest good backup of an enrolled tenant is older than its schedule allows. */
  NO_FRESH_BACKUP: 'no-fresh-backup',
  /** The last backup failed permanently; the newest good backup is still within the schedule's limit. */
  BACKUP_FAILED: 'no-fresh-backup',
  /** The enrolment leaves credentials or objects out of every backup: no fresh backup holds the whole tenant. */
  BACKUPS_LIMITED: 'no-fresh-backup',
  /** The enrolment names no schedule, or an unknown one, so no schedule backs up the tenant. */
  SCHEDULE_UNKNOWN: 'no-fresh-backup',
  /** A backup differs from its manifest, or does not open. */
  BACKUP_BROKEN: 'a-backup-is-broken-or-gone',
  /** A version is gone before its expiry, or has other content. */
  BACKUP_MISSING: 'a-backup-is-broken-or-gone',
  /** A delete marker hides the archive: its newest version has begun to expire. */
  ARCHIVE_DELETED: 'a-backup-is-broken-or-gone',
  /** The newest backup has far fewer objects or credentials than one of the last 30 days, in total or of one type. */
  BACKUP_SHRANK: 'a-backup-shrank-or-changed-much',
  /** The newest backup holds no workspaces, pools or people, and the one before held some. */
  PART_EMPTIED: 'a-backup-shrank-or-changed-much',
  /** More objects changed from one backup to the next than the setting `changePercent` allows. */
  MASS_CHANGE: 'a-backup-shrank-or-changed-much',
  /** The newest backup has more blank secrets than a recent one. */
  CREDENTIALS_BLANK: 'a-backup-shrank-or-changed-much',
  /** Credentials are missing that the backup before had, of objects that are otherwise unchanged. */
  CREDENTIALS_MISSING: 'a-backup-shrank-or-changed-much',
  /** Most credentials were replaced in one night, or none can be compared with those of the night before. */
  SECRETS_CHANGED: 'a-backup-shrank-or-changed-much',
  /** The tenant has backups, and is not enrolled any more. */
  ENROLMENT_GONE: 'an-enrolment-or-its-keys-changed',
  /** The tenant has been paused for longer than the setting `compareDays`. */
  ENROLMENT_PAUSED: 'an-enrolment-or-its-keys-changed',
  /** The enrolment names a schedule that allows older backups than the one before. */
  SCHEDULE_SLOWED: 'an-enrolment-or-its-keys-changed',
  /** A backup is of another issuer, or of another kind of export, than the one before. */
  SOURCE_CHANGED: 'an-enrolment-or-its-keys-changed',
  /** A backup lacks parts that the one before had, or leaves out other objects. */
  BACKUP_NARROWED: 'an-enrolment-or-its-keys-changed',
  /** A backup passes for a copy from another tier, which never held it. */
  COPY_WITHOUT_ORIGINAL: 'an-enrolment-or-its-keys-changed',
  /** A backup is sealed for other KMS keys or escrow keys than the one before. */
  RECIPIENTS_CHANGED: 'an-enrolment-or-its-keys-changed',
  /** A backup is signed by another key than the one before. */
  SIGNER_CHANGED: 'an-enrolment-or-its-keys-changed',
  /** Far more manual or safety backups were stored in a day than people request. */
  BACKUPS_TOO_MANY: 'an-enrolment-or-its-keys-changed',
  /** A key that kept or new backups need is disabled, pending deletion, missing, or no longer a backup key. */
  KEY_UNHEALTHY: 'a-key-is-in-danger',
  /** A key's policy or grant admits a principal besides IAM, or KMS refuses to list the principals. */
  KEY_PRINCIPAL_UNEXPECTED: 'a-key-lets-somebody-in',
  /** The vault's versioning, lifecycle, Object Lock, policy or public access differs from the deployed setting. */
  VAULT_SETTINGS_CHANGED: 'the-vaults-rules-changed',
  /** A ledger entry is not a valid record of its kind, or contradicts its key. The audit passes over it. */
  LEDGER_ENTRY_UNEXPECTED: 'the-ledger-holds-what-it-should-not',
  /** The ledger has more new entries of a tenant than an audit reads. The audit read the newest ones. */
  LEDGER_ENTRIES_UNREAD: 'the-ledger-holds-what-it-should-not',
  /** Too much time passed between the previous completed audit and this one. */
  AUDIT_WAS_SILENT: 'the-audit-is-silent',
  /** The audit ran out of time before it opened every new backup. The next audit continues. */
  AUDIT_INCOMPLETE: 'the-audit-is-silent',
  /** The ledger refused a part of this report or of a tenant's history. The next audit writes them again. */
  REPORT_UNWRITTEN: 'the-audit-is-silent',
  /** The message about this report did not reach the topic. The next audit sends one. */
  MESSAGE_UNSENT: 'the-audit-is-silent',
  /** The last restore of a tenant failed. */
  RESTORE_FAILED: 'a-restore-failed',
  /** A restore or patch began and was killed before it recorded its end. A later verified one settles it. */
  RESTORE_INTERRUPTED: 'an-operation-was-interrupted',
  /** The last drill failed, or was killed. */
  DRILL_FAILED: 'a-drill-failed-or-none-was-proved',
  /** Drills are scheduled, and the last verified one is too long ago. */
  DRILLS_SILENT: 'a-drill-failed-or-none-was-proved',
} as const;

export type FindingCode = keyof typeof SECTIONS;

/** All codes, for the documentation and for the tests that check it. */
export const findingCodes = Object.keys(SECTIONS) as FindingCode[];

/** Returns the runbook anchor of a code. */
export const sectionOf = (code: FindingCode): string => SECTIONS[code];

/** A finding for operators: names, counts and times, never a tenant's data. */
export interface Finding {
  /** See `findingId`. */
  readonly id: string;
  readonly code: FindingCode;
  /** `alarm`: act now. `warning`: act today. `known`: what lasts and has been reported long enough, or a person acknowledged. */
  readonly severity: 'alarm' | 'warning' | 'known';
  /** The affected tenant; null if the finding concerns all tenants. */
  readonly tenant: string | null;
  /** The affected version, key or setting; null if one finding of the code is enough. */
  readonly subject: string | null;
  /** Lower case, no full stop. */
  readonly message: string;
  readonly facts: Facts;
  /** Time of the first audit that reported it, RFC 3339 in UTC. */
  readonly since: string;
  /** Anchor in `docs/RUNBOOK.md`. */
  readonly section: string;
  /** Who has looked at it, and why no action is needed. @default - not acknowledged */
  readonly acknowledged?: { readonly at: string; readonly by: string; readonly reason: string } | undefined;
}

/** A finding without the time of its first report. */
export type NewFinding = Pick<Finding, 'code' | 'severity' | 'tenant' | 'subject' | 'message' | 'facts'>;

/** Codes of what stays: permanent losses, such as a missing version or objects, and what an enrolment asks for. They become `known` after some
 * days, as an alarm that never ends hides the next one. */
const LASTING: readonly FindingCode[] = [
  'BACKUP_BROKEN',
  'BACKUP_MISSING',
  'BACKUPS_LIMITED',
  'BACKUP_SHRANK',
];

type Identity = Pick<Finding, 'code' | 'tenant' | 'subject'>;

const identityOf = ({ code, tenant, subject }: Identity): string =>
  [code, tenant ?? '', subject ?? ''].join(' ');

/** Returns the id by which a person acknowledges a finding: 12 hexadecimal digits, the same in every audit. */
export const findingId = (finding: Identity): string =>
  sha256Hex(Buffer.from(JSON.stringify([finding.code, finding.tenant, finding.subject]))).slice(0, 12);

const ORDER = { alarm: 0, warning: 1, known: 2 } as const;

/** Adds to each finding its id, the time since when audits have reported it, and who acknowledged it.
 * @param previous findings of the previous audit
 * @param compareDays days after which lasting findings become `known`
 * @returns each finding once, sorted by severity, then code, then tenant */
export function dateFindings(
  found: readonly NewFinding[],
  previous: readonly Pick<Finding, 'code' | 'tenant' | 'subject' | 'since' | 'acknowledged'>[],
  now: Date,
  compareDays: number,
): Finding[] {
  const before = new Map(previous.map((finding) => [identityOf(finding), finding]));
  const unique = new Map(found.map((finding) => [identityOf(finding), finding]));
  const knownBefore = now.getTime() - compareDays * 86_400_000;
  return [...unique]
    .map(([identity, finding]): Finding => {
      const { since: first = now.toISOString(), acknowledged } = before.get(identity) ?? {};
      const isKnown =
        acknowledged !== undefined || (LASTING.includes(finding.code) && Date.parse(first) <= knownBefore);
      return {
        id: findingId(finding),
        ...finding,
        severity: isKnown ? 'known' : finding.severity,
        since: first,
        section: SECTIONS[finding.code],
        ...(acknowledged && { acknowledged }),
      };
    })
    .sort(
      (a, b) =>
        ORDER[a.severity] - ORDER[b.severity] ||
        findingCodes.indexOf(a.code) - findingCodes.indexOf(b.code) ||
        (identityOf(a) < identityOf(b) ? -1 : 1),
    );
}
