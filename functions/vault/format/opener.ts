import type { PartName, Recipient } from './manifest.ts';
import type { MessageExpectations } from './sealed-message.ts';

/** Opens sealed parts as one of their recipients. */
export interface Opener {
  /** Name of the recipient, for messages. */
  readonly name: string;
  /** Whether it may open this part if it is sealed for this recipient; it trusts no other recipient. */
  canOpenFor(recipient: Recipient, part: PartName): boolean;
  /** Opens a sealed part, or reports the check that failed.
   * @param recipient accepted by `canOpenFor`
   * @throws SEAL_BROKEN, CONTEXT_MISMATCH, KEY_MISMATCH see `openMessage`
   * @throws KEY_UNAVAILABLE, AWS_UNAVAILABLE if the key cannot be used (now) */
  open(sealed: Uint8Array, recipient: Recipient, expectations: MessageExpectations): Promise<Buffer>;
}
