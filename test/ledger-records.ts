import { type LedgerProofs, NO_PROOFS } from '../functions/vault/storage/json-objects.client.ts';
import { recordOf, type SignedRecord } from '../functions/vault/storage/signed-record.ts';
import { type LocalSigner, localSigner } from '../scripts/bench/local-signer.ts';

/** Returns the document in an object of the ledger, signed or not, as a program does that believes it. */
export function documentIn(text: string): unknown {
  const value = JSON.parse(text) as { readonly record?: unknown };
  if (typeof value.record !== 'string') return value;
  return JSON.parse(value.record.slice(value.record.indexOf('\n') + 1));
}

/** Proofs by one key of this process, in place of a KMS key for each role. */
export const localProofs = (signer = localSigner()): LedgerProofs => ({
  ...NO_PROOFS,
  sign: async (_, record) => signer.sign(record),
  signersOf: async () => [signer.key],
});

/** Returns an entry as its writer signs it. */
export function signedRecord(key: string, document: object, signer: LocalSigner): SignedRecord {
  const record = recordOf(key, JSON.stringify(document));
  return { record, signature: signer.signNow(Buffer.from(record)).toString('base64') };
}

/** Returns what KMS answers to GetPublicKey. */
export const publicKeyAnswer = ({ key }: LocalSigner): string =>
  JSON.stringify({ PublicKey: key.key.export({ type: 'spki', format: 'der' }).toString('base64') });
