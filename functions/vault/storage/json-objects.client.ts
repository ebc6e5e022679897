import { createHash } from 'node:crypto';
import { ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { awsError } from '../../aws-errors.ts';
import { isTenantBackupError, TenantBackupError } from '../../errors.ts';
import { SIGNED_KINDS } from '../../runtime/names.ts';
import type { SigningKey } from '../../signing-key.ts';
import { openRecord, recordOf, type SignedRecord } from './signed-record.ts';
import { readObject } from './stored-object.client.ts';

/** A small JSON document in a bucket. */
export interface StoredJson {
  /** Untrusted content; undefined if it is not JSON, is too large for a record, or lacks the signature of its writer. */
  readonly document: unknown;
  /** Changes with the content. */
  readonly etag: string;
  /** SHA-256 of the bytes of the document, as 64 lower-case hexadecimal digits; empty without a valid signature. */
  readonly digest: string;
  /** When S3 stored it. */
  readonly writtenAt: Date;
}

/** Signs the objects of some keys, and verifies them. */
export interface LedgerProofs {
  /** Tells whether objects of this key are signed. */
  isSigned(key: string): boolean;
  /** @returns an ECDSA signature in DER
   * @throws KEY_UNAVAILABLE, AWS_UNAVAILABLE */
  sign(key: string, record: Uint8Array): Promise<Uint8Array>;
  /** Returns the keys that may have signed an object.
   * @throws KEY_UNAVAILABLE, AWS_UNAVAILABLE */
  signersOf(key: string): Promise<readonly SigningKey[]>;
}

/** Proofs without keys: signed kinds cannot be written, and none of their entries is believed. */
export const NO_PROOFS: LedgerProofs = {
  isSigned: (key) => Object.hasOwn(SIGNED_KINDS, key.split('/')[0] ?? ''),
  async sign(key) {
    throw new TenantBackupError('INVALID_ENVIRONMENT', `no key signs ledger entry ${key} here`, { key });
  },
  signersOf: async () => [],
};

/** The condition under which S3 accepts a write: of two racing writers, one wins.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export type WriteCondition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };

/** Small JSON documents in one bucket, each written as a whole, some in a record that their writer signs. */
export interface JsonObjects {
  /** Writes without a condition.
   * @throws AWS_UNAVAILABLE, AWS_ACCESS_DENIED; needs `s3:PutObject` */
  put(key: string, document: object): Promise<void>;
  /** Writes if the key is free. Of simultaneous writers, one succeeds.
   * @returns whether this call wrote it, or false if a repetition met its own write; needs `s3:PutObject` alone */
  create(key: string, document: object): Promise<boolean>;
  /** Writes if the condition holds. If the first answer of a write was lost, the repetition finds its own content and
   * succeeds.
   * @returns the new ETag, or null if another writer was faster; needs `s3:PutObject` and `s3:GetObject` */
  putIf(key: string, document: object, condition: WriteCondition): Promise<string | null>;
  /** Reads a document.
   * @returns null if there is none; needs `s3:GetObject`, and `s3:ListBucket` to learn that there is none */
  get(key: string): Promise<StoredJson | null>;
  /** Reads a document, as `get`. The writer of an object chooses its encryption and storage class: if S3 refuses to return it,
   * its content is undefined and only `isReadable` differs from an object that is not JSON. Needs the same permissions */
  inspect(key: string): Promise<(StoredJson & { readonly isReadable: boolean }) | null>;
  /** Lists the beginnings of keys up to the first slash, and the keys without one; needs `s3:ListBucket` */
  listTop(): Promise<string[]>;
  /** Lists documents.
   * @returns them in the order of the keys; needs `s3:ListBucket` */
  list(prefix: string): Promise<ListedJson[]>;
}

/** A document without its content. */
export interface ListedJson {
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
  /** When S3 stored it. */
  readonly writtenAt: Date;
}

/** Returns the text of a document, as it is written. */
const textOf = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

/** Returns the `StoredJson.digest` that a document will have. */
export const digestOfJson = (document: object): string => sha256(textOf(document));

/** Larger objects are not read. A plan for a hundred thousand objects has a quarter of this size. */
const MAX_BYTES = 64 * 1024 * 1024;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** @param proofs @default - none: see `NO_PROOFS` */
export function createJsonObjects(
  s3: S3Client,
  bucket: string,
  proofs: LedgerProofs = NO_PROOFS,
): JsonObjects {
  /** Returns the bytes of an object. */
  const bytesOf = async (key: string, document: object): Promise<string> => {
    if (!proofs.isSigned(key)) return textOf(document);
    const record = recordOf(key, textOf(document));
    const signature = Buffer.from(await proofs.sign(key, Buffer.from(record))).toString('base64');
    return textOf({ record, signature } satisfies SignedRecord);
  };

  /** Returns the text of the document in an object. */
  const documentTextOf = async (key: string, text: string): Promise<string | null> =>
    proofs.isSigned(key) ? openRecord(key, jsonOf(text), await proofs.signersOf(key)) : text;

  const read = async (key: string): Promise<StoredText | null> => {
    const found = await readObject(s3, { Bucket: bucket, Key: key }, { mostBytes: MAX_BYTES });
    return found && { ...found, text: found.bytes.toString('utf8') };
  };

  const send = (key: string, text: string, condition?: WriteCondition) =>
    s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: text,
        ContentType: 'application/json',
        ...condition,
      }),
    );

  const get = async (key: string): Promise<StoredJson | null> => {
    const found = await read(key);
    if (found === null) return null;
    const { text, etag, writtenAt } = found;
    const document = await documentTextOf(key, text);
    if (document === null) return { document: undefined, etag, digest: '', writtenAt };
    return { document: jsonOf(document), etag, digest: sha256(document), writtenAt };
  };

  const list = async (prefix: string): Promise<ListedJson[]> => {
    const entries: ListedJson[] = [];
    let token: string | undefined;
    do {
      const page = await s3
        .send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            ContinuationToken: token,
            EncodingType: 'url',
          }),
        )
        .catch(awsError('s3:ListBucket', { bucket }));
      for (const { Key, ETag = '', Size = 0, LastModified } of page.Contents ?? []) {
        if (Key === undefined || LastModified === undefined) continue;
        entries.push({ key: decodeKey(Key), etag: ETag, sizeBytes: Size, writtenAt: LastModified });
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return entries;
  };

  return {
    async put(key, document) {
      await send(key, await bytesOf(key, document)).catch(awsError('s3:PutObject', { bucket, key }));
    },

    async create(key, document) {
      const text = await bytesOf(key, document);
      try {
        await send(key, text, { IfNoneMatch: '*' });
        return true;
      } catch (error) {
        return LOST_RACES.has(nameOf(error)) ? false : awsError('s3:PutObject', { bucket, key })(error);
      }
    },

    async putIf(key, document, condition) {
      const text = await bytesOf(key, document);
      try {
        const { ETag } = await send(key, text, condition);
        return ETag ?? '';
      } catch (error) {
        if (!LOST_RACES.has(nameOf(error))) return awsError('s3:PutObject', { bucket, key })(error);
        const present = await get(key).catch((cause: unknown) => {
          if (isRefusal(cause)) return null;
          throw cause;
        });
        // Two signatures over one document differ.
        return present?.digest === digestOfJson(document) ? present.etag : null;
      }
    },

    get,

    async inspect(key) {
      try {
        const found = await get(key);
        return found && { ...found, isReadable: true };
      } catch (error) {
        if (!isRefusal(error)) throw error;
        const listed = (await list(key)).find((entry) => entry.key === key);
        if (listed === undefined) return null;
        const { etag, writtenAt } = listed;
        return { document: undefined, etag, digest: '', writtenAt, isReadable: false };
      }
    },

    async listTop() {
      const { Contents = [], CommonPrefixes = [] } = await s3
        .send(new ListObjectsV2Command({ Bucket: bucket, Delimiter: '/', EncodingType: 'url' }))
        .catch(awsError('s3:ListBucket', { bucket }));
      const found = [
        ...CommonPrefixes.map(({ Prefix = '' }) => Prefix),
        ...Contents.map(({ Key = '' }) => Key),
      ];
      return found.map(decodeKey);
    },

    list,
  };
}

/** Decodes a key. Keys may hold characters that XML cannot, so that S3 encodes all keys as in a query.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html#AmazonS3-ListObjectsV2-request-querystring-EncodingType */
const decodeKey = (encoded: string): string => decodeURIComponent(encoded.replaceAll('+', ' '));

interface StoredText {
  /** Its bytes: a signed record, or a document. */
  readonly text: string;
  readonly etag: string;
  readonly writtenAt: Date;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Error codes for an object whose storage class or encryption key prevents reading it. */
const REFUSALS: ReadonlySet<string> = new Set(['BACKUP_ARCHIVED', 'AWS_ACCESS_DENIED']);
const KEY_REFUSALS = /^(InvalidRequest|KMS\..*)$/;

function isRefusal(error: unknown): boolean {
  if (!isTenantBackupError(error)) return false;
  return REFUSALS.has(error.code) || KEY_REFUSALS.test(String(error.facts['reason']));
}

/** 412 if the condition fails, 409 for a simultaneous write, 404 if the object to match is gone. */
const LOST_RACES = new Set(['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey']);

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
