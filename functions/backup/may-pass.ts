import type { TenantBackupError } from '../errors.ts';

/** What a token endpoint calls a client that it does not accept at present, as while its secret is being rotated. */
const REFUSED_CLIENT: ReadonlySet<unknown> = new Set([undefined, 'invalid_client', 'unauthorized_client']);

/** What KMS answers until a new alias, tag or policy counts everywhere, which takes minutes.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency */
const KEY_NOT_YET: ReadonlySet<unknown> = new Set(['AccessDeniedException', 'NotFoundException']);

/** Decides whether a later delivery of the same request may succeed. The queue has time that a person who waits has not: besides
 * failures that pass by themselves, it sits out
 * - a client that is refused
 * - answers that are not SecureAuth's own
 * - permissions, keys and credentials inside AWS, which count minutes after they were changed
 *
 * What SecureAuth itself said of the tenant, the request or the export is final. */
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
