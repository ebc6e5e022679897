import type { TenantBackupError } from '../errors.ts';

/** Errors of a token endpoint that refuses a client for now, as during a rotation of its secret. */
const REFUSED_CLIENT: ReadonlySet<unknown> = new Set([undefined, 'invalid_client', 'unauthorized_client']);

/** Answers of KMS while a new alias, tag or policy is not yet in effect everywhere, which takes minutes.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency */
const KEY_NOT_YET: ReadonlySet<unknown> = new Set(['AccessDeniedException', 'NotFoundException']);

/** Decides whether a later delivery of the same request may succeed. The queue has more time than a person. Besides transient
 * failures, it retries
 * - a client that is refused
 * - answers that do not come from SecureAuth
 * - permissions, keys and credentials in AWS, which take minutes to be in effect
 *
 * What SecureAuth says of the tenant, the request or the export is final. */
export function mayPass({ code, disposition, facts }: TenantBackupError): boolean {
  if (disposition === 'retry') return true;
  switch (code) {
    case 'AUTHENTICATION_REFUSED':
      return REFUSED_CLIENT.has(facts['error']);
    case 'EXPORT_MALFORMED':
    case 'UNEXPECTED_RESPONSE':
      return facts['foreign'] === true;
    case 'KEY_UNAVAILABLE':
      return KEY_NOT_YET.has(facts['reason']);
    case 'AWS_ACCESS_DENIED':
    case 'AWS_NOT_CONFIGURED':
      return true;
    default:
      return false;
  }
}
