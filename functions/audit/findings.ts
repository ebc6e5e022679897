import type { Facts } from '../errors.ts';

/** Everything that an audit may find, with the section of `docs/RUNBOOK.md` that says what to do. Codes are stable. */
const SECTIONS = {
  /** The tenant is enrolled longer than its schedule allows and has no good backup at all. */
  NO_BACKUP: 'no-fresh-backup',
  /** The newest good backup of an enrolled tenant is older than its schedule allows. */
  NO_FRESH_BACKUP: 'no-fresh-backup',
  /** The last attempt failed for good; the newest good backup is still young enough. */
  BACKUP_FAILED: 'no-fresh-backup',
  /** The enrolment names no schedule, or one that does not exist: nobody will ever ask for its backup. */
  SCHEDULE_UNKNOWN: 'no-fresh-backup',
  /** A backup is not what its manifest says, or does not open. */
  BACKUP_BROKEN: 'a-backup-is-broken-or-gone',
  /** A version is gone before its time, or was replaced by other content. */
  BACKUP_MISSING: 'a-backup-is-broken-or-gone',
  /** A delete marker hides the archive: its newest version has begun to expire. */
  ARCHIVE_DELETED: 'a-backup-is-broken-or-gone',
  /** The newest backup has far fewer objects, of one type or in total, than one of the days before. */
  BACKUP_SHRANK: 'a-backup-shrank-or-changed-much',
  /** Far more objects changed from one backup to the next than usual. */
  MASS_CHANGE: 'a-backup-shrank-or-changed-much',
  /** More clients than before came back without the secret that they should have. */
  CREDENTIALS_BLANK: 'a-backup-shrank-or-changed-much',
  /** A key that kept backups, or the next ones, need is disabled, about to be deleted, or no backup key any more. */
  KEY_UNHEALTHY: 'a-key-is-in-danger',
  /** The policy or a grant of a key that backups need lets in a principal, or KMS refuses to tell. */
  KEY_PRINCIPAL_UNEXPECTED: 'a-key-lets-somebody-in',
  /** Versioning, lifecycle, Object Lock, policy or public access of the vault is not as deployed. */
  VAULT_SETTINGS_CHANGED: 'the-vaults-rules-changed',
  /** Something in the ledger is no record of its kind, or says another thing than its key: it is passed over. */
  LEDGER_ENTRY_UNEXPECTED: 'the-ledger-holds-what-it-should-not',
  /** The ledger holds more new entries of a tenant than an audit reads; the newest were read. */
  LEDGER_ENTRIES_UNREAD: 'the-ledger-holds-what-it-should-not',
  /** No audit had ended well for too long before this one. */
  AUDIT_WAS_SILENT: 'the-audit-is-silent',
  /** Time ran out before every new backup was opened; the next audit goes on there. */
  AUDIT_INCOMPLETE: 'the-audit-is-silent',
  /** The last restore of a tenant failed. */
  RESTORE_FAILED: 'a-restore-failed',
  /** A restore or a patch was killed: it began, and nothing is known of its end. Told of until a later one is proved. */
  RESTORE_INTERRUPTED: 'an-operation-was-interrupted',
  /** The last drill failed, or was killed. */
  DRILL_FAILED: 'a-drill-failed-or-none-was-proved',
  /** Drills are scheduled, and none was proved for too long. */
  DRILLS_SILENT: 'a-drill-failed-or-none-was-proved',
} as const;

export type FindingCode = keyof typeof SECTIONS;

/** All codes, for documentation and for tests that every code is documented. */
export const findingCodes = Object.keys(SECTIONS) as FindingCode[];

/** Anchor of the section of the runbook that a code belongs to. */
export const sectionOf = (code: FindingCode): string => SECTIONS[code];

/** Something that a person should know. Names, counts and times; never content of a tenant. */
export interface Finding {
  readonly code: FindingCode;
  /** `alarm`: look now. `warning`: look today. `known`: about the past, and told long enough. */
  readonly severity: 'alarm' | 'warning' | 'known';
  /** The tenant that it is about; null where it is about all of them. */
  readonly tenant: string | null;
  /** What exactly, where a tenant can have several of the kind: a version, a key, a setting. */
  readonly subject: string | null;
  /** Lower case, no full stop. */
  readonly message: string;
  readonly facts: Facts;
  /** Time of the audit that found it first, RFC 3339 in UTC. */
  readonly since: string;
  /** Anchor in `docs/RUNBOOK.md`. */
  readonly section: string;
}

/** A finding, before it is known since when it is so. */
export type NewFinding = Pick<Finding, 'code' | 'severity' | 'tenant' | 'subject' | 'message' | 'facts'>;

/** Findings that nobody can undo: a version that is gone stays gone. After a while they are no alarm any more, as an alarm
 * that cannot end hides the next one. */
const ABOUT_THE_PAST: readonly FindingCode[] = ['BACKUP_BROKEN', 'BACKUP_MISSING'];

const identityOf = ({ code, tenant, subject }: Pick<Finding, 'code' | 'tenant' | 'subject'>): string =>
  [code, tenant ?? '', subject ?? ''].join(' ');

const ORDER = { alarm: 0, warning: 1, known: 2 } as const;

/** Date findings, by those of the audit before.
 * @param previous findings of the last audit
 * @param compareDays after which findings about the past become `known`
 * @returns alarms first, then in the order of the codes and by tenant; each once */
export function dateFindings(
  found: readonly NewFinding[],
  previous: readonly Pick<Finding, 'code' | 'tenant' | 'subject' | 'since'>[],
  now: Date,
  compareDays: number,
): Finding[] {
  const since = new Map(previous.map((finding) => [identityOf(finding), finding.since]));
  const unique = new Map(found.map((finding) => [identityOf(finding), finding]));
  const knownBefore = now.getTime() - compareDays * 86_400_000;
  return [...unique]
    .map(([identity, finding]): Finding => {
      const first = since.get(identity) ?? now.toISOString();
      const isKnown = ABOUT_THE_PAST.includes(finding.code) && Date.parse(first) <= knownBefore;
      return {
        ...finding,
        severity: isKnown ? 'known' : finding.severity,
        since: first,
        section: SECTIONS[finding.code],
      };
    })
    .sort(
      (a, b) =>
        ORDER[a.severity] - ORDER[b.severity] ||
        findingCodes.indexOf(a.code) - findingCodes.indexOf(b.code) ||
        (identityOf(a) < identityOf(b) ? -1 : 1),
    );
}
