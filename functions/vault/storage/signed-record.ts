/** A record of the ledger with the signature of the role that wrote it, so that the right to put objects forges none. */
import { verify } from 'node:crypto';
import * as z from 'zod';
import type { SigningKey } from '../../signing-key.ts';

const schema = z.strictObject({
  /** The key of the entry, a line feed, and the text of its document: exactly what is signed. */
  record: z.string(),
  /** ECDSA on P-256 with SHA-256, in DER; base64. */
  signature: z.base64(),
});
export type SignedRecord = z.infer<typeof schema>;

/** Returns what is signed of an entry. It begins with the key, so that a record of another place does not verify. */
export const recordOf = (key: string, text: string): string => `${key}\n${text}`;

/** Opens an entry.
 * @param value untrusted content of the object
 * @param signers the keys that may sign this entry
 * @returns the text of its document, or null if none of them signed it for this key */
export function openRecord(key: string, value: unknown, signers: readonly SigningKey[]): string | null {
  const parsed = schema.safeParse(value);
  const beginning = recordOf(key, '');
  if (!parsed.success || !parsed.data.record.startsWith(beginning)) return null;
  const { record, signature } = parsed.data;
  const isSigned = signers.some((signer) =>
    verify(
      'sha256',
      Buffer.from(record),
      { key: signer.key, dsaEncoding: 'der' },
      Buffer.from(signature, 'base64'),
    ),
  );
  return isSigned ? record.slice(beginning.length) : null;
}
