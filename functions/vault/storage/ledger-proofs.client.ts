import type { KMSClient } from '@aws-sdk/client-kms';
import type { LedgerWriter } from '../../runtime/names.ts';
import { createSigner } from '../keys/signer.client.ts';
import { type LedgerProofs, NO_PROOFS } from './json-objects.client.ts';
import { type LedgerKeys, writersOf } from './ledger-writers.ts';

/** Creates the proofs of a deployment's ledger. Writing needs `kms:Sign`, reading `kms:GetPublicKey`, on the keys of the kinds.
 * @param self the role of this process, where two may sign the same entry. @default - the usual writer of each kind */
export function createLedgerProofs(kms: KMSClient, ledger: LedgerKeys, self?: LedgerWriter): LedgerProofs {
  const signers = new Map(
    Object.entries(ledger.keys).map(([writer, key]) => [writer, createSigner(kms, key)]),
  );
  const signersOf = (key: string) =>
    (writersOf(key, ledger) ?? []).flatMap((writer) => {
      const signer = signers.get(writer);
      return signer === undefined ? [] : [{ writer, signer }];
    });
  return {
    isSigned: NO_PROOFS.isSigned,
    async sign(key, record) {
      const able = signersOf(key);
      const { signer } = able.find(({ writer }) => writer === self) ?? able[0] ?? {};
      return signer === undefined ? NO_PROOFS.sign(key, record) : signer.sign(record);
    },
    signersOf: (key) => Promise.all(signersOf(key).map(({ signer }) => signer.publicKey())),
  };
}
