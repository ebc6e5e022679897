import { createHash } from 'node:crypto';
import type { BackupTools } from '../../functions/backup/take-backup.ts';
import { stringifyJson } from '../../functions/config/json/json.ts';
import type { Tenant } from '../../functions/tenant/api/tenant.client.ts';
import { parseEnrolmentValue } from '../../functions/tenant/enrolment/enrolment.ts';
import type { Ledger } from '../../functions/vault/storage/ledger.client.ts';
import { redactTenant } from '../../scripts/sandbox/state/redact.ts';
import { MemoryVault } from '../vault/memory-vault.ts';
import { SampleKeys } from '../vault/sample-backup.ts';
import { clockFrom, memoryClaims } from './memory-claims.ts';

/** What a tenant's APIs export now: values, or the text of an answer that is none of theirs. */
export interface MemoryTenant {
  hub: unknown;
  system: unknown;
  identity: unknown;
}

const textOf = (exported: unknown): string =>
  typeof exported === 'string' ? exported : stringifyJson(exported as never);

const maskOf = (tree: unknown): unknown =>
  typeof tree === 'string' ? tree : redactTenant(structuredClone(tree) as never);

/** Making an RSA pair takes a second: all tenants share the keys. */
const keys = new SampleKeys();

/** A ledger in memory, whose entries a test may read and replace. */
export function memoryLedger() {
  const entries = new Map<string, unknown>();
  const ledger = {
    ...memoryClaims(),
    write: async (kind, tenant, id, document) => {
      const key = `${kind}/${tenant}/${id}.json`;
      entries.set(key, JSON.parse(JSON.stringify(document)));
      return key;
    },
    read: async (kind, tenant, id) => {
      const key = `${kind}/${tenant}/${id}.json`;
      return entries.has(key) ? { document: entries.get(key) } : null;
    },
  } as Ledger;
  return { entries, ledger };
}

/** A tenant in memory with a vault, and what a backup of it needs: real sealing, exports from memory. */
export function memoryTenant(now = '2026-01-31T02:00:07Z') {
  const live: MemoryTenant = {
    hub: {
      name: 'Acme',
      servers: {
        main: { name: 'Main', clients: { shop: { client_name: 'Shop', client_secret: 'of shop' } } },
      },
    },
    system: { tenant: { id: 'acme' }, servers: [{ id: 'system', secret: 'a secret' }] },
    identity: { pools: [{ id: 'people' }], users: [{ id: 'u1', user_pool_id: 'people' }] },
  };
  const vault = new MemoryVault();
  const clock = clockFrom(now);
  const apis = {
    hub: {
      exportTree: async ({ withCredentials }: { withCredentials: boolean }) =>
        Buffer.from(textOf(withCredentials ? live.hub : maskOf(live.hub))),
    },
    system: { exportDump: async () => Buffer.from(textOf(live.system)) },
    identity: { exportDump: async () => Buffer.from(textOf(live.identity)) },
  } as unknown as Tenant;
  const enrolment = parseEnrolmentValue(
    {
      issuer: 'https://acme.example.com/acme/system',
      clientId: 'backup',
      clientSecret: 'secret of the test',
      parts: ['hub', 'system', 'identity'],
    },
    'acme',
  );
  const { entries, ledger } = memoryLedger();
  let ids = 0;
  const tools = {
    vault,
    retention: { promote: [] } as unknown as BackupTools['retention'],
    sealer: keys.sealer(),
    signer: keys.signer,
    ledger,
    now: clock.now,
    fingerprintKeys: { derive: async (tenant: string) => createHash('sha256').update(tenant).digest() },
    keys: { configuration: keys.configuration, credentials: keys.credentials },
    randomHex: () => String(++ids).padStart(8, '0'),
    randomUuid: () => '0f0e0d0c-0000-4000-8000-000000000000',
    retryTools: { sleep: clock.sleep, random: () => 0 },
    connect: () => apis,
  };
  return { live, apis, enrolment, keys, vault, clock, entries, tools };
}
