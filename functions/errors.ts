/**
 * What the caller should do about a failure.
 *
 * - `retry`: the same request may succeed later (throttled, unavailable)
 * - `reject`: the request or its subject is wrong; repeating it changes nothing
 * - `halt`: a value that must match does not; an operator must investigate
 */
export type Disposition = 'retry' | 'reject' | 'halt';

/** Every error code, with its disposition. Codes are stable: alarms and scripts may match them. */
const DISPOSITIONS = {
  /** An event or command argument has an unknown field, a missing field or a value out of bounds. */
  INVALID_REQUEST: 'reject',
  /** A deployment setting (`cdk.json`) has an unknown field, a missing field or a value out of bounds. */
  INVALID_CONFIGURATION: 'reject',
  /** An environment variable that the stack sets is missing or malformed: the deployment is incomplete or was changed by hand. */
  INVALID_ENVIRONMENT: 'reject',
  /** The enrolment secret is not JSON, has an unknown or missing field, or a value out of bounds. */
  INVALID_ENROLMENT: 'reject',
  /** The CloudFormation stack does not exist in this account and region, or lacks an output. */
  NOT_DEPLOYED: 'reject',
  /** No secret `tenant-backup/tenants/<name>` exists. */
  NOT_ENROLLED: 'reject',
  /** The tenant is enrolled already; enrolling never overwrites. */
  ALREADY_ENROLLED: 'reject',
  /** The enrolment got another value while it was being changed: nothing was stored. */
  ENROLMENT_CHANGED: 'reject',

  /** The token endpoint refused the client (`invalid_client`, `unauthorized_client`, `invalid_scope`). */
  AUTHENTICATION_REFUSED: 'reject',
  /** SecureAuth answered 403: the token lacks the scope, or the tenant does not have the feature. */
  PERMISSION_DENIED: 'reject',
  /** SecureAuth answered 404: the tenant or workspace does not exist, or its API is off. */
  TENANT_NOT_FOUND: 'reject',
  /** The enrolment lists a workspace that the tenant does not have. */
  WORKSPACE_NOT_FOUND: 'reject',
  /** SecureAuth answered 400 or 422: it understood the request and refuses the document. */
  IMPORT_REFUSED: 'reject',
  /** SecureAuth answered 409, or an import with `mode=fail` met an existing object. */
  IMPORT_CONFLICT: 'reject',
  /** SecureAuth still answered 429 when the retry budget ran out. */
  TENANT_THROTTLED: 'retry',
  /** No connection, a timeout, or a 5xx answer. */
  TENANT_UNAVAILABLE: 'retry',
  /** The host's certificate is not trusted, its address is this machine's, or it has no TLS. Nothing was sent. */
  TENANT_UNTRUSTED: 'halt',
  /** The answer is truncated: fewer bytes than announced, or JSON that ends early. */
  EXPORT_INCOMPLETE: 'retry',
  /** The export is not JSON, not an object, or empty. */
  EXPORT_MALFORMED: 'reject',
  /** The exports with and without credentials describe different objects: the tenant changed between them. */
  EXPORT_INCONSISTENT: 'retry',
  /** A credential that SecureAuth always holds came back blank, or as a placeholder such as `********`. */
  CREDENTIALS_BLANK: 'reject',
  /** The export is larger than the configured limit. */
  EXPORT_TOO_LARGE: 'reject',
  /** SecureAuth sent an answer that its API does not describe. */
  UNEXPECTED_RESPONSE: 'reject',

  /** The vault holds no backup of the tenant, or none in the requested tier. */
  NO_BACKUP: 'reject',
  /** The backup lacks a requested part, or holds no part that a restore includes by default. */
  PART_ABSENT: 'reject',
  /** The request plans a part that is sealed under the credentials key, which the plan's role cannot open. */
  PART_SEALED: 'reject',
  /** The version id names no version of this tenant's archive. */
  VERSION_NOT_FOUND: 'reject',
  /** The given prefix matches several ids: give more characters. */
  ID_AMBIGUOUS: 'reject',
  /** A lock, a legal hold or the bucket policy prevents deletion of the version. */
  BACKUP_PROTECTED: 'reject',
  /** The version is in GLACIER or DEEP_ARCHIVE: S3 must restore it first, which takes hours. */
  BACKUP_ARCHIVED: 'reject',
  /** The point in time lies before the tenant's first kept backup. */
  BEFORE_FIRST_BACKUP: 'reject',

  /** The bytes are not a backup archive, are truncated, or hold other parts than the manifest lists. */
  ARCHIVE_MALFORMED: 'halt',
  /** The manifest is missing, not JSON, or lacks a field. */
  MANIFEST_MALFORMED: 'halt',
  /** The archive has a format version that this release does not know. */
  FORMAT_UNSUPPORTED: 'halt',
  /** The audit reports losses or large changes in the newest backup, and the request does not name it by its id. */
  BACKUP_FLAGGED: 'reject',
  /** The manifest's signature does not verify under the key that it names: the archive is forged or damaged. */
  SIGNATURE_INVALID: 'halt',
  /** An archive names a signing key that is neither this deployment's nor in its setting `trustedSigningKeys`. */
  SIGNER_UNTRUSTED: 'halt',
  /** The bytes of the version were stored before: somebody put an old backup in the place of a new one. */
  BACKUP_REPLAYED: 'halt',
  /** The sealed bytes of a part differ from the digest or the size in the manifest. */
  DIGEST_MISMATCH: 'halt',
  /** A sealed part's context names another tenant, backup, part, format version or manifest. */
  CONTEXT_MISMATCH: 'halt',
  /** A sealed part fails its signature, key commitment or authentication tag. */
  SEAL_BROKEN: 'halt',
  /** The part was sealed under a key other than the expected one. */
  KEY_MISMATCH: 'halt',
  /** KMS refuses the key: it is disabled or pending deletion, or this role may not use it. */
  KEY_UNAVAILABLE: 'halt',
  /** The backup, or a part of it, exceeds the size that this function may open: raise the configured limit. */
  BACKUP_TOO_LARGE: 'reject',
  /** No backup key has this label, id or ARN, or several have it and the request must name the purpose. */
  KEY_UNKNOWN: 'reject',
  /** Another backup key has this label already. */
  KEY_EXISTS: 'reject',
  /** The endpoint or this kind of key lacks the operation, or the backup lacks the document. */
  NOT_SUPPORTED: 'reject',
  /** A part does not decompress to the size in the manifest, is not JSON, or holds other counts than the manifest. */
  PART_MALFORMED: 'halt',

  /** Another operation holds the tenant's lock: wait until it ends or the lock expires at the time in the message. */
  TENANT_LOCKED: 'retry',
  /** The lease of the tenant's lock expired, and another operation may write now: this one stops. */
  LOCK_LOST: 'halt',
  /** The ledger has no such operation on the tenant: it never existed, or its entry has expired. */
  OPERATION_NOT_FOUND: 'reject',
  /** The ledger has no audit report: no audit has run yet, or the report has expired. */
  REPORT_NOT_FOUND: 'reject',
  /** The backup comes from another tenant than the one now enrolled under its name; the caller must confirm it. */
  SOURCE_MISMATCH: 'reject',
  /** A ledger entry differs from what this process last wrote: another process is changing it. */
  ENTRY_CHANGED: 'halt',
  /** Credentials of existing objects differ; the caller must choose whether to restore or keep them. */
  CREDENTIALS_CHOICE: 'reject',
  /** The change would break references, lacks an object that it needs, or meets an object that must not exist. */
  CHANGE_IMPOSSIBLE: 'reject',
  /** The number of objects to delete differs from the number that the request confirms. */
  PRUNE_UNEXPECTED: 'reject',
  /** The ledger has no plan with this id: it never existed, or has expired. */
  PLAN_NOT_FOUND: 'reject',
  /** The tenant's objects have changed since the plan: make another plan. */
  PLAN_STALE: 'halt',
  /** The plan in the ledger was altered, or differs from what this operation would do. */
  PLAN_CHANGED: 'halt',
  /** The tenant after the restore differs from the target state. */
  RESTORE_MISMATCH: 'halt',
  /** The drill's target is not enrolled as a scratch tenant, or is the tenant being drilled. */
  NOT_SCRATCH: 'reject',
  /** The client gets no new token that works, before a restore or after it. A restore is then rolled back with the old one. */
  LOCKED_OUT: 'halt',
  /** The rollback of a failed restore failed: the tenant may be in a mixed state. The message names the safety backup. */
  ROLLBACK_FAILED: 'halt',
  /** The verification compared nothing, so it proves nothing. */
  NOTHING_COMPARED: 'halt',
  /** The machine of the command does not take the output: the disk is full, or the folder is read-only. */
  OUTPUT_FAILED: 'reject',
  /** The AWS SDK found no region or no usable credentials. */
  AWS_NOT_CONFIGURED: 'reject',
  /** The function ran out of time before it finished. */
  OUT_OF_TIME: 'retry',
  /** Lambda ended the function: it ran out of memory, or its process was killed or crashed. */
  FUNCTION_KILLED: 'halt',
  /** An AWS service failed with an error that no other code covers. */
  AWS_UNAVAILABLE: 'retry',
  /** The role lacks a permission that the stack should have given. */
  AWS_ACCESS_DENIED: 'halt',
  /** A bug in this software. Report the message: it holds no data. */
  DEFECT: 'halt',
} as const satisfies Record<string, Disposition>;

export type ErrorCode = keyof typeof DISPOSITIONS;

/** Ids, counts and status codes that locate a failure; never bodies, tokens or credential values. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** The only error class: a stable code, its disposition and the facts. */
export class TenantBackupError extends Error {
  readonly code: ErrorCode;
  readonly disposition: Disposition;
  readonly facts: Facts;

  /**
   * @param message lower case, no full stop, with the value and the bound
   * @param facts values that are safe to log
   * @param options `cause` is for debuggers; no log shows it
   */
  constructor(code: ErrorCode, message: string, facts: Facts = {}, options?: ErrorOptions) {
    super(message, options);
    // Lambda reports `name` to the invoker as `errorType`.
    this.name = code;
    this.code = code;
    this.disposition = DISPOSITIONS[code];
    this.facts = facts;
  }
}

export const isTenantBackupError = (error: unknown): error is TenantBackupError =>
  error instanceof TenantBackupError;

/** All codes, for the documentation and for the tests that check it. */
export const errorCodes = Object.keys(DISPOSITIONS) as ErrorCode[];
