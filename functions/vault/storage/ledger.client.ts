import type { S3Client } from '@aws-sdk/client-s3';
import { TenantBackupError } from '../../errors.ts';
import type { LedgerKind } from '../../runtime/names.ts';
import {
  createJsonObjects,
  digestOfJson,
  type LedgerProofs,
  type StoredJson,
} from './json-objects.client.ts';

/** Records of events, as small JSON documents that expire. They hold ids, counts and times, and never content of a
 * tenant. */
export interface Ledger {
  /** Writes `<kind>/<tenant>/<id>.json`, and overwrites an existing entry.
   * @returns the key; needs `s3:PutObject` on the ledger */
  write(kind: LedgerKind, tenant: string, id: string, document: object): Promise<string>;
  /** Writes `<kind>/<tenant>/<id>.json` if it does not exist, see `JsonObjects.create`. */
  create(kind: 'claims', tenant: string, id: string, document: object): Promise<boolean>;
  /** Writes `<kind>/<tenant>/<digest>.json`, so that the name of the entry fixes its content.
   * @returns the digest, see `StoredJson`; needs `s3:PutObject` on the ledger */
  add(kind: 'plans', tenant: string, document: object): Promise<string>;
  /** Replaces an entry if it did not change since the writer read it.
   * @param etag of the entry to replace; null if there must be none
   * @returns the new ETag; needs `s3:PutObject` and `s3:GetObject`
   * @throws ENTRY_CHANGED if another writer changed it in the meantime */
  replace(
    kind: LedgerKind,
    tenant: string,
    id: string,
    document: object,
    etag: string | null,
  ): Promise<string>;
  /** Reads an entry.
   * @returns null if there is none; needs `s3:GetObject` and `s3:ListBucket` */
  read(kind: LedgerKind, tenant: string, id: string): Promise<StoredJson | null>;
  /** Lists the ids of a tenant's entries.
   * @returns the last written first; needs `s3:ListBucket` */
  list(kind: LedgerKind, tenant: string): Promise<{ readonly id: string; readonly writtenAt: Date }[]>;
  /** Lists the entries of all tenants.
   * @returns the last written first; needs `s3:ListBucket` */
  listAll(
    kind: LedgerKind,
  ): Promise<{ readonly tenant: string; readonly id: string; readonly writtenAt: Date }[]>;
}

/** @param proofs of signed kinds @default - these cannot be used */
export function createLedger(s3: S3Client, bucket: string, proofs?: LedgerProofs): Ledger {
  const objects = createJsonObjects(s3, bucket, proofs);
  const keyOf = (kind: LedgerKind, tenant: string, id: string) => `${kind}/${tenant}/${id}.json`;
  return {
    async write(kind, tenant, id, document) {
      const key = keyOf(kind, tenant, id);
      await objects.put(key, document);
      return key;
    },

    create: (kind, tenant, id, document) => objects.create(keyOf(kind, tenant, id), document),

    async add(kind, tenant, document) {
      const digest = digestOfJson(document);
      // An entry of this name has this content, or is refused when it is read.
      await objects.create(keyOf(kind, tenant, digest), document);
      return digest;
    },

    async replace(kind, tenant, id, document, etag) {
      const key = keyOf(kind, tenant, id);
      const condition = etag === null ? { IfNoneMatch: '*' as const } : { IfMatch: etag };
      const written = await objects.putIf(key, document, condition);
      if (written !== null) return written;
      throw new TenantBackupError('ENTRY_CHANGED', `ledger entry ${key} was changed by another writer`, {
        key,
      });
    },

    read: (kind, tenant, id) => objects.get(keyOf(kind, tenant, id)),

    async list(kind, tenant) {
      const prefix = `${kind}/${tenant}/`;
      const entries = await objects.list(prefix);
      return entries
        .filter(({ key }) => key.endsWith('.json'))
        .map(({ key, writtenAt }) => ({ id: key.slice(prefix.length, -'.json'.length), writtenAt }))
        .sort((a, b) => b.writtenAt.getTime() - a.writtenAt.getTime());
    },

    async listAll(kind) {
      const entries = await objects.list(`${kind}/`);
      return entries
        .flatMap(({ key, writtenAt }) => {
          const [, tenant, id] = /^[^/]+\/([^/]+)\/([^/]+)\.json$/.exec(key) ?? [];
          return tenant !== undefined && id !== undefined ? [{ tenant, id, writtenAt }] : [];
        })
        .sort((a, b) => b.writtenAt.getTime() - a.writtenAt.getTime());
    },
  };
}
