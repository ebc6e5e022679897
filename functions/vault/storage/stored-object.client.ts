/** Reads the bodies of objects in S3. No other file does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, type GetObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { awsError, reasonOf } from '../../aws-errors.ts';
import { isTenantBackupError, TenantBackupError } from '../../errors.ts';

export interface StoredObject {
  readonly bytes: Buffer;
  readonly etag: string;
  /** When S3 stored it, to the second. */
  readonly writtenAt: Date;
}

export interface ReadOptions {
  /** Checks the size that S3 announces, and throws if the body must not be read. */
  readonly checkSize?: (sizeBytes: number) => void;
  /** A longer body is not read: the result then has no bytes. */
  readonly mostBytes?: number;
  /** For messages and facts. @default s3:GetObject */
  readonly action?: string;
}

/** Number of tries for one body. The SDK repeats only requests that fail before the body. */
const TRIES = 3;
const PAUSE_MILLISECONDS = 100;

/** Reads an object, or a range of it, to the end. A connection that breaks within the body says nothing about the
 * object: the read is repeated, and finally fails as AWS_UNAVAILABLE.
 * @returns null if there is no such object or version
 * @throws AWS_UNAVAILABLE, AWS_ACCESS_DENIED, AWS_NOT_CONFIGURED; BACKUP_ARCHIVED if its storage class does not
 * permit a read at once; errors of `checkSize` */
export async function readObject(
  s3: S3Client,
  input: GetObjectCommandInput,
  { checkSize, mostBytes, action = 's3:GetObject' }: ReadOptions = {},
): Promise<StoredObject | null> {
  const facts = {
    bucket: input.Bucket ?? '',
    key: input.Key ?? '',
    ...(input.VersionId !== undefined && { versionId: input.VersionId }),
  };
  for (let attempt = 1; ; attempt++) {
    const { Body, ContentLength, ETag, LastModified } = await s3
      .send(new GetObjectCommand(input))
      .catch((error: unknown) => {
        const name = error instanceof Error ? error.name : '';
        if (MISSING.has(name)) return NOTHING;
        if (name !== 'InvalidObjectState') return awsError(action, facts)(error);
        throw new TenantBackupError(
          'BACKUP_ARCHIVED',
          `version ${facts.versionId} of ${facts.key} is in an archive storage class of S3: restore a temporary copy (aws s3api restore-object), wait for it, and try again`,
          facts,
        );
      });
    if (Body === undefined) return null;
    const body = Body as AsyncIterable<Uint8Array> & { destroy(): void };
    try {
      if (ContentLength === undefined) throw brokenBody('no size announced');
      checkSize?.(ContentLength);
      const isWhole = mostBytes === undefined || ContentLength <= mostBytes;
      if (!isWhole) body.destroy();
      return {
        bytes: isWhole ? await readBody(body, ContentLength) : Buffer.alloc(0),
        etag: ETag ?? '',
        writtenAt: LastModified ?? new Date(0),
      };
    } catch (error) {
      body.destroy();
      if (isTenantBackupError(error)) throw error;
      if (attempt < TRIES) {
        await sleep(attempt * PAUSE_MILLISECONDS);
        continue;
      }
      throw new TenantBackupError(
        'AWS_UNAVAILABLE',
        `${action} of ${facts.key} broke off ${TRIES} times: ${reasonOf(error)}`,
        { ...facts, action, reason: reasonOf(error) },
        { cause: error },
      );
    }
  }
}

const MISSING = new Set(['NoSuchKey', 'NoSuchVersion']);
const NOTHING = {
  Body: undefined,
  ContentLength: undefined,
  ETag: undefined,
  LastModified: undefined,
};

/** Reads a body into memory of exactly its announced size. */
async function readBody(body: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  let received = 0;
  for await (const chunk of body) {
    if (received + chunk.byteLength <= sizeBytes) bytes.set(chunk, received);
    received += chunk.byteLength;
  }
  if (received === sizeBytes) return bytes;
  throw brokenBody(`${received} of ${sizeBytes} bytes`);
}

const brokenBody = (reason: string): Error => Object.assign(new Error('broken body'), { code: reason });
