import type { PartName, Recipient } from './manifest.ts';
import type { MessageExpectations } from './sealed-message.ts';

/** Opens sealed parts as one of their recipients. */
export interface Opener {
  /** Whom it opens as, for messages. */
  readonly name: string;
  /** Whether it may open this part if it is sealed for this recipient; it trusts no other. */
  canOpenFor(recipient: Recipient, part: PartName): boolean;
  /** Opens a sealed part, or say which check failed.
   * @param recipient one that `canOpenFor` said yes to
   * @throws SEAL_BROKEN, CONTEXT_MISMATCH, KEY_MISMATCH see `openMessage`
   * @throws KEY_UNAVAILABLE, AWS_UNAVAILABLE if the key cannot be used (now) */
  open(sealed: Uint8Array, recipient: Recipient, expectations: MessageExpectations): Promise<Buffer>;
}
