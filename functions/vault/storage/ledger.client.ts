import type { S3Client } from '@aws-sdk/client-s3';
import { TenantBackupError } from '../../errors.ts';
import type { LedgerKind } from '../../runtime/names.ts';
import { createJsonObjects, digestOfJson, type StoredJson } from './json-objects.client.ts';

/** What happened, as small JSON documents that expire. Holds ids, counts and times; never content of a tenant. */
export interface Ledger {
  /** Writes `<kind>/<tenant>/<id>.json`, whatever is there.
   * @returns the key; needs `s3:PutObject` on the ledger */
  write(kind: LedgerKind, tenant: string, id: string, document: object): Promise<string>;
  /** Writes `<kind>/<tenant>/<digest>.json`: whoever names the entry names what it says.
   * @returns the digest, see `StoredJson`; needs `s3:PutObject` on the ledger */
  add(kind: 'plans', tenant: string, document: object): Promise<string>;
  /** Writes an entry if it still is what the writer last saw.
   * @param etag of the entry that is replaced; null if there must be none
   * @returns the new ETag; needs `s3:PutObject` and `s3:GetObject`
   * @throws ENTRY_CHANGED if somebody else has written it meanwhile */
  replace(
    kind: LedgerKind,
    tenant: string,
    id: string,
    document: object,
    etag: string | null,
  ): Promise<string>;
  /** @returns null if there is none; needs `s3:GetObject` and `s3:ListBucket` */
  read(kind: LedgerKind, tenant: string, id: string): Promise<StoredJson | null>;
  /** @returns ids, the one that was written last first; needs `s3:ListBucket` */
  list(kind: LedgerKind, tenant: string): Promise<{ readonly id: string; readonly writtenAt: Date }[]>;
  /** Of all tenants.
   * @returns the one that was written last first; needs `s3:ListBucket` */
  listAll(
    kind: LedgerKind,
  ): Promise<{ readonly tenant: string; readonly id: string; readonly writtenAt: Date }[]>;
}

export function createLedger(s3: S3Client, bucket: string): Ledger {
  const objects = createJsonObjects(s3, bucket);
  const keyOf = (kind: LedgerKind, tenant: string, id: string) => `${kind}/${tenant}/${id}.json`;
  return {
    async write(kind, tenant, id, document) {
      const key = keyOf(kind, tenant, id);
      await objects.put(key, document);
      return key;
    },

    async add(kind, tenant, document) {
      const digest = digestOfJson(document);
      await objects.put(keyOf(kind, tenant, digest), document);
      return digest;
    },

    async replace(kind, tenant, id, document, etag) {
      const key = keyOf(kind, tenant, id);
      const condition = etag === null ? { IfNoneMatch: '*' as const } : { IfMatch: etag };
      const written = await objects.putIf(key, document, condition);
      if (written !== null) return written;
      throw new TenantBackupError('ENTRY_CHANGED', `ledger entry ${key} was written by somebody else`, {
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
