import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { KeyPurpose } from '../../functions/runtime/names.ts';

/** A key store in this process, for where no network may be: it wraps data keys as KMS does, under a key of its own for
 * each ARN, bound to the encryption context, by AES-256-GCM. Nothing about it is secret or lasting.
 * @see https://docs.aws.amazon.com/kms/latest/cryptographic-details/ */
export class LocalKms {
  readonly #keys = new Map<string, Buffer>();
  /** Key ARNs by the ARN of an alias. */
  readonly aliases = new Map<string, string>();
  /** Keys that answer as disabled. */
  readonly disabled = new Set<string>();

  /** Adds a key.
   * @returns its ARN */
  createKey(key: Uint8Array = randomBytes(32)): string {
    const id = String(this.#keys.size + 1).padStart(12, '0');
    const arn = `arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-${id}`;
    this.#keys.set(arn, Buffer.from(key));
    return arn;
  }

  /** Adds a key for each purpose, always the same, so that one process can open what another one sealed.
   * @returns their ARNs */
  createFixedKeys(): Record<KeyPurpose, string> {
    return {
      configuration: this.createKey(Buffer.alloc(32, 2)),
      credentials: this.createKey(Buffer.alloc(32, 3)),
    };
  }

  /** As the client that `createSealer` takes. */
  get client(): KMSClient {
    return { send: (command: unknown) => this.#send(command) } as unknown as KMSClient;
  }

  async #send(command: unknown): Promise<object> {
    if (command instanceof GenerateDataKeyCommand) {
      const { KeyId, EncryptionContext = {}, NumberOfBytes = 32 } = command.input;
      const [arn, key] = this.#key(KeyId);
      const plain = randomBytes(NumberOfBytes);
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(associatedData(EncryptionContext));
      const blob = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      return { KeyId: arn, Plaintext: plain, CiphertextBlob: blob };
    }
    if (command instanceof DecryptCommand) {
      const { KeyId, EncryptionContext = {}, CiphertextBlob = new Uint8Array() } = command.input;
      const [arn, key] = this.#key(KeyId);
      const blob = Buffer.from(CiphertextBlob);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(0, 12))
          .setAAD(associatedData(EncryptionContext))
          .setAuthTag(blob.subarray(-16));
        return {
          KeyId: arn,
          Plaintext: Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()]),
        };
      } catch {
        throw refusal('InvalidCiphertextException');
      }
    }
    throw new TypeError('the local key store knows GenerateDataKey and Decrypt');
  }

  #key(id = ''): [string, Buffer] {
    const arn = this.aliases.get(id) ?? id;
    const key = this.#keys.get(arn);
    if (!key) throw refusal('NotFoundException');
    if (this.disabled.has(arn)) throw refusal('DisabledException');
    return [arn, key];
  }
}

const associatedData = (context: Record<string, string>): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(context).sort()));

const refusal = (name: string): Error => Object.assign(new Error(name), { name });
