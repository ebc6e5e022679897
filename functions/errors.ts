/**
 * What the caller should do about a failure.
 *
 * - `retry`: the same request may succeed later (throttled, unavailable)
 * - `reject`: the request or its subject is wrong; repeating it changes nothing
 * - `halt`: something that must never differ differs; a person has to look
 */
export type Disposition = 'retry' | 'reject' | 'halt';

/** Every failure this product names, with its disposition. Codes are stable: alarms and scripts may match them. */
const DISPOSITIONS = {
  /** An event or command argument has an unknown field, a missing field or a value out of bounds. */
  INVALID_REQUEST: 'reject',
  /** A deployment setting (`cdk.json`) has an unknown field, a missing field or a value out of bounds. */
  INVALID_CONFIGURATION: 'reject',
  /** An environment variable that the stack sets is missing: the function was deployed by hand or half way. */
  INVALID_ENVIRONMENT: 'reject',
  /** The enrolment secret is not JSON, has an unknown or missing field, or a value out of bounds. */
  INVALID_ENROLMENT: 'reject',
  /** The CloudFormation stack does not exist here, or lacks an output: deploy it, or name another stack. */
  NOT_DEPLOYED: 'reject',
  /** No secret `tenant-backup/tenants/<name>` exists. */
  NOT_ENROLLED: 'reject',
  /** The tenant is enrolled already; enrolling never overwrites. */
  ALREADY_ENROLLED: 'reject',

  /** The token endpoint refused the client (`invalid_client`, `unauthorized_client`, `invalid_scope`). */
  AUTHENTICATION_REFUSED: 'reject',
  /** SecureAuth answered 403: the token lacks the scope, or the feature is off for this tenant. */
  PERMISSION_DENIED: 'reject',
  /** SecureAuth answered 404: the tenant or workspace does not exist there, or the API is switched off for it. */
  TENANT_NOT_FOUND: 'reject',
  /** The enrolment lists a workspace that the tenant does not have. */
  WORKSPACE_NOT_FOUND: 'reject',
  /** SecureAuth answered 400 or 422: it understood the request and refuses the document. */
  IMPORT_REFUSED: 'reject',
  /** SecureAuth answered 409, or an import with `mode=fail` met an existing object. */
  IMPORT_CONFLICT: 'reject',
  /** SecureAuth answered 429 beyond the waiting budget. */
  TENANT_THROTTLED: 'retry',
  /** No connection, a timeout, or a 5xx answer. */
  TENANT_UNAVAILABLE: 'retry',
  /** The host's certificate is not for its name, has expired, or comes from no trusted authority: nothing was sent. */
  TENANT_UNTRUSTED: 'halt',
  /** The answer was cut short: fewer bytes than announced, or JSON that ends early. */
  EXPORT_INCOMPLETE: 'retry',
  /** The export is not JSON, not an object, or empty. */
  EXPORT_MALFORMED: 'reject',
  /** The exports with and without credentials do not describe the same objects: the tenant changed in between. */
  EXPORT_INCONSISTENT: 'retry',
  /** A credential that SecureAuth always holds came back blank, or as a placeholder such as `********`. */
  CREDENTIALS_BLANK: 'reject',
  /** The export is larger than the configured limit. */
  EXPORT_TOO_LARGE: 'reject',
  /** SecureAuth answered with something its API does not describe. */
  UNEXPECTED_RESPONSE: 'reject',

  /** The tenant has no backup in the vault (in that tier). */
  NO_BACKUP: 'reject',
  /** The backup does not hold a part that was asked for, or none that is restored without being asked for by name. */
  PART_ABSENT: 'reject',
  /** A plan was asked for of a part that is sealed with the credentials, which the plan's role cannot open. */
  PART_SEALED: 'reject',
  /** The version id names no version of this tenant's archive. */
  VERSION_NOT_FOUND: 'reject',
  /** What was given of an id begins several ids: give more of it. */
  ID_AMBIGUOUS: 'reject',
  /** A lock, a legal hold or the bucket's policy keeps the version from being deleted. */
  BACKUP_PROTECTED: 'reject',
  /** The version has moved to GLACIER or DEEP_ARCHIVE: S3 gives it back only after it was asked to, hours later. */
  BACKUP_ARCHIVED: 'reject',
  /** The vault bucket has no Object Lock, so there are no locks and no legal holds. */
  OBJECT_LOCK_OFF: 'reject',
  /** The point in time lies before the tenant's first kept backup. */
  BEFORE_FIRST_BACKUP: 'reject',

  /** The bytes are not a tar archive of this product, are cut short, or hold more or less than their manifest says. */
  ARCHIVE_MALFORMED: 'halt',
  /** The manifest is missing, not JSON, or lacks a field. */
  MANIFEST_MALFORMED: 'halt',
  /** The archive says a format version that this release does not know. */
  FORMAT_UNSUPPORTED: 'halt',
  /** The signature of a manifest is not that of the key that the manifest names: the archive is forged or damaged. */
  SIGNATURE_INVALID: 'halt',
  /** An archive names a signing key that is neither this deployment's nor in its setting `trustedSigningKeys`. */
  SIGNER_UNTRUSTED: 'halt',
  /** The sealed bytes of a part do not have the digest or the size in the manifest. */
  DIGEST_MISMATCH: 'halt',
  /** A sealed part swears to be something else: other tenant, backup, part, format version or manifest. */
  CONTEXT_MISMATCH: 'halt',
  /** A sealed part fails its signature, key commitment or authentication tag. */
  SEAL_BROKEN: 'halt',
  /** The part was sealed under a key other than the expected one. */
  KEY_MISMATCH: 'halt',
  /** KMS refuses the key: disabled, pending deletion, or this role may not use it. */
  KEY_UNAVAILABLE: 'halt',
  /** The backup in the vault, or a part of it, is larger than this function may open: raise the configured limit. */
  BACKUP_TOO_LARGE: 'reject',
  /** No backup key has this label, id or ARN; or several have, and the purpose has to be named. */
  KEY_UNKNOWN: 'reject',
  /** Another backup key has this label already. */
  KEY_EXISTS: 'reject',
  /** The endpoint, or this kind of key, does not have the operation; or the backup not the document. */
  NOT_SUPPORTED: 'reject',
  /** A part does not decompress to the size in the manifest, or to JSON. */
  PART_MALFORMED: 'halt',

  /** Another operation is writing to the tenant: wait for its end, which the message bounds. */
  TENANT_LOCKED: 'retry',
  /** The lease of a tenant's lock ran out, and another operation may write now: the former holder stops. */
  LOCK_LOST: 'halt',
  /** The ledger knows of no such operation on the tenant; its entries expire. */
  OPERATION_NOT_FOUND: 'reject',
  /** The ledger has no report of an audit: there was none yet, or it has expired. */
  REPORT_NOT_FOUND: 'reject',
  /** The backup is of another tenant than its name is enrolled as now, and the caller has to say that it is meant. */
  SOURCE_MISMATCH: 'reject',
  /** A ledger entry is not what its writer last wrote: another process works on it. */
  ENTRY_CHANGED: 'halt',
  /** Credentials of existing objects differ, and the caller has to say whether they are restored or kept. */
  CREDENTIALS_CHOICE: 'reject',
  /** The change would leave references to nothing, lacks what it needs, or meets objects that must not exist. */
  CHANGE_IMPOSSIBLE: 'reject',
  /** Another number of objects would be deleted than was asked for. */
  PRUNE_UNEXPECTED: 'reject',
  /** No plan with this id is in the ledger: it was never made, or has expired. */
  PLAN_NOT_FOUND: 'reject',
  /** What the plan is about has changed in the tenant since: make another plan. */
  PLAN_STALE: 'halt',
  /** The plan in the ledger is not the one that was made, or does not say what would be done now. */
  PLAN_CHANGED: 'halt',
  /** The tenant after the restore is not what was promised. */
  RESTORE_MISMATCH: 'halt',
  /** A drill may only write to a tenant whose enrolment says that it is scratch, and that is not the one being drilled. */
  NOT_SCRATCH: 'reject',
  /** A failed restore could not be undone: the tenant may be half way. The message names the safety backup. */
  ROLLBACK_FAILED: 'halt',
  /** Nothing was compared, so nothing is proved. */
  NOTHING_COMPARED: 'halt',
  /** No credentials or no region: the AWS SDK does not know whom to be, or where. */
  AWS_NOT_CONFIGURED: 'reject',
  /** The function's time ran out before the work was done. */
  OUT_OF_TIME: 'retry',
  /** Lambda ended the function from outside: it was out of memory, or its process was killed or crashed. */
  FUNCTION_KILLED: 'halt',
  /** An AWS service answered with an error that is not one of the above. */
  AWS_UNAVAILABLE: 'retry',
  /** The role lacks a permission that the stack should have given. */
  AWS_ACCESS_DENIED: 'halt',
  /** A mistake in this software: please report the message, it holds no data. */
  DEFECT: 'halt',
} as const satisfies Record<string, Disposition>;

export type ErrorCode = keyof typeof DISPOSITIONS;

/** Ids, counts and status codes that locate a failure. Never bodies, tokens or values of credentials. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** The one error class: a stable code, what to do about it, and the facts. */
export class TenantBackupError extends Error {
  readonly code: ErrorCode;
  readonly disposition: Disposition;
  readonly facts: Facts;

  /**
   * @param message lower case, no full stop, with the value and the bound
   * @param facts safe to log
   * @param options `cause` is kept for debuggers and never logged
   */
  constructor(code: ErrorCode, message: string, facts: Facts = {}, options?: ErrorOptions) {
    super(message, options);
    // Lambda reports `name` as `errorType`, which is what an invoker sees.
    this.name = code;
    this.code = code;
    this.disposition = DISPOSITIONS[code];
    this.facts = facts;
  }
}

export const isTenantBackupError = (error: unknown): error is TenantBackupError =>
  error instanceof TenantBackupError;

/** All codes, for documentation and for tests that every code is documented. */
export const errorCodes = Object.keys(DISPOSITIONS) as ErrorCode[];
