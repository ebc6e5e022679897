/** What operations act on, in one process: the product's own steps, with a vault and a ledger in memory, data keys wrapped here,
 * and a tenant whose exports come over HTTP as large answers come. */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RestoreTools } from '../../functions/restore/source/restore-plan.ts';
import { KEY_PURPOSES } from '../../functions/runtime/names.ts';
import type { Hub } from '../../functions/tenant/api/hub.client.ts';
import type { SystemApi } from '../../functions/tenant/api/system.client.ts';
import type { Tenant } from '../../functions/tenant/api/tenant.client.ts';
import { parseEnrolment } from '../../functions/tenant/enrolment/enrolment.ts';
import { createHttp, type Http } from '../../functions/tenant/http/http.client.ts';
import { unpackArchive } from '../../functions/vault/format/archive.ts';
import { trustOwnSigner } from '../../functions/vault/format/signature.ts';
import { createSealer } from '../../functions/vault/keys/sealer.client.ts';
import { digestOfJson } from '../../functions/vault/storage/json-objects.client.ts';
import type { VaultVersion } from '../../functions/vault/storage/vault.client.ts';
import { LocalKms } from './local-kms.ts';
import { localSigner } from './local-signer.ts';

export const TENANT = 'bench';

/** Of a call: connections that ended meanwhile are found to have. */
const NETWORK_MILLISECONDS = 5;

/** @param url serves `/full.json`, `/mask.json` and `/dump.json`, and takes imports
 * @param archive read again each time; no other reference exists */
export function memoryTools(url: string, archive: () => Buffer, keep: (archive: Uint8Array) => void) {
  const kms = new LocalKms();
  const keys = kms.createFixedKeys();
  const signer = localSigner(Buffer.alloc(32, 4));
  const enrolment = parseEnrolment(
    JSON.stringify({
      issuer: `https://bench.example/${TENANT}/system`,
      clientId: 'bench',
      clientSecret: 'bench',
    }),
    TENANT,
  );
  const version: VaultVersion = {
    tier: 'manual',
    tenant: TENANT,
    versionId: 'version',
    etag: '"0"',
    sizeBytes: 1,
    storedAt: new Date(0),
  };
  const tools = {
    vault: {
      listVersions: async (tier: string) => (tier === 'manual' ? [version] : []),
      get: async () => archive(),
      // Its time is none that a backup could have.
      uploadedBy: async () => TENANT,
      put: async (_tier: string, _tenant: string, bytes: Uint8Array) => {
        keep(bytes);
        return { versionId: 'saved', etag: '' };
      },
    },
    keptBackups: { manifest: async () => unpackArchive(archive()).manifest },
    retention: { promote: [] },
    sealer: createSealer(kms.client),
    signer,
    trustedSigners: trustOwnSigner(signer.publicKey, []),
    fingerprintKeys: { derive: async () => Buffer.alloc(32, 1) },
    keys,
    keyRegistry: {
      list: async () =>
        KEY_PURPOSES.map((purpose) => ({
          purpose,
          keyArn: keys[purpose],
          labels: [],
          tenant: null,
          isDefault: true,
        })),
    },
    enrolments: { get: async () => enrolment },
    maxExportBytes: 2 ** 29,
    connect: () => tenantAt(url),
    ledger: {
      add: async (_kind: string, _tenant: string, document: object) => digestOfJson(document),
      replace: () => sleep(NETWORK_MILLISECONDS, 'etag'),
      read: async () => null,
      list: async () => [],
    },
    tenantLocks: {
      acquire: async () => ({
        passedOver: null,
        confirm: async () => {},
        giveBack: async () => {},
        leave: () => {},
      }),
    },
    now: () => new Date(),
    randomHex: () => randomBytes(4).toString('hex'),
    randomUuid: () => randomUUID(),
    retryTools: { sleep: async () => {}, random: () => 0 },
  };
  return tools as unknown as RestoreTools;
}

function tenantAt(base: string): Tenant {
  const patience = { connectMilliseconds: 5_000, headersMilliseconds: 60_000, bodyMilliseconds: 60_000 };
  const http: Http = createHttp({ ...patience, maxBodyBytes: 2 ** 30, allowLoopback: true });
  const send = async (method: 'GET' | 'POST', path: string, body?: string | Buffer) =>
    (await http.send({ method, url: new URL(path, base), ...(body !== undefined && { body }) })).body;
  const hub: Hub = {
    exportTree: ({ withCredentials }) => send('GET', withCredentials ? 'full.json' : 'mask.json'),
    importTree: async (tree) => void (await send('POST', 'import', tree)),
    patchTree: async (patch) => void (await send('POST', 'patch', patch)),
  };
  const system: Pick<SystemApi, 'exportDump' | 'importDump'> = {
    exportDump: () => send('GET', 'dump.json'),
    importDump: async (dump) => void (await send('POST', 'import', dump)),
  };
  const tenant = { hub, system, withNewTokens: async () => tenant } as Tenant;
  return tenant;
}
