import { TenantBackupError } from '../../errors.ts';
import type { PartName } from './manifest.ts';

/** The identity of a sealed part, as its encryption context. KMS and AES-GCM bind it to the ciphertext; anyone can
 * read it.
 * @see https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/concepts.html#encryption-context */
export interface PartIdentity {
  readonly tenant: string;
  readonly backupId: string;
  readonly part: PartName;
  readonly formatVersion: number;
  /** `manifestDigest` of the manifest that the part belongs to. */
  readonly manifestSha256: string;
}

export type EncryptionContext = Readonly<Record<string, string>>;

export const encryptionContextOf = (identity: PartIdentity): EncryptionContext => ({
  tenant: identity.tenant,
  backupId: identity.backupId,
  part: identity.part,
  formatVersion: String(identity.formatVersion),
  manifestSha256: identity.manifestSha256,
});

/** The AWS Encryption SDK adds the public half of the signing key under this name. */
const SIGNATURE_KEY = 'aws-crypto-public-key';

/** Checks that the context of a sealed part is exactly as expected, without different, missing or additional fields.
 * @throws CONTEXT_MISMATCH naming the field, the expected and the actual value (all of them public) */
export function checkEncryptionContext(actual: EncryptionContext, expected: EncryptionContext): void {
  const names = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  names.delete(SIGNATURE_KEY);
  for (const name of names) {
    if (actual[name] !== expected[name]) {
      throw new TenantBackupError(
        'CONTEXT_MISMATCH',
        `${name} must be ${quote(expected[name])}, the sealed part says ${quote(actual[name])}`,
        { field: name },
      );
    }
  }
}

const quote = (value: string | undefined): string =>
  value === undefined ? 'absent' : `"${value.slice(0, 120)}"`;
