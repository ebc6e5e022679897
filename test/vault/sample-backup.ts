import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { type EscrowPublicKey, readEscrowPublicKey } from '../../functions/escrow-key.ts';
import {
  type BackupFacts,
  type OpenExpectations,
  openBackup,
  type SealedBackup,
  sealBackup,
} from '../../functions/vault/backup-archive.ts';
import { unpackArchive } from '../../functions/vault/format/archive.ts';
import type { TrustedKeys } from '../../functions/vault/format/key-purpose.ts';
import type { Manifest, PartName } from '../../functions/vault/format/manifest.ts';
import type { Opener } from '../../functions/vault/format/opener.ts';
import { type TrustedSigners, trustSigners } from '../../functions/vault/format/signature.ts';
import { createSealer } from '../../functions/vault/keys/sealer.client.ts';
import { LocalKms } from '../../scripts/bench/local-kms.ts';
import { type LocalSigner, localSigner } from '../../scripts/bench/local-signer.ts';

export const MAX_PART_BYTES = 16 * 1024 * 1024;

/** What a backup of the tenant acme says of itself. */
export const SAMPLE_FACTS: BackupFacts = {
  backupId: '20260131T020000Z-0123abcd',
  tenant: 'acme',
  scheduledTime: '2026-01-31T02:00:00Z',
  exportedAt: '2026-01-31T02:00:03Z',
  trigger: 'schedule',
  tier: 'daily',
  source: { issuer: 'https://acme.example.com/acme/system', shape: 'tenant' },
  software: { name: 'tenant-backup', version: '0.1.0' },
  previous: { versionId: '3sL4kqtJlcpXroDTDmJ', etag: '"0cc175b9c0f1b6a831c399e269772661"' },
  resealed: null,
  objects: { tenant: 1, client: 2 },
  credentials: { redacted: 2, known: 0, lookalike: 0 },
  warnings: {},
};

/** Contents of the two usual parts, by name. */
export const SAMPLE_PARTS: Readonly<Record<string, string>> = {
  'hub.config': `{"document":{"servers":{}},"fingerprintKey":"${'0'.repeat(32)}","fingerprints":{}}`,
  'hub.credentials': '{"/servers/customers/clients/portal/client_secret":"correct horse battery staple"}',
};

/** Keys in this process: for sealing, for signing, and an escrow key pair. */
export class SampleKeys {
  readonly kms = new LocalKms();
  readonly configuration: string;
  readonly credentials: string;
  readonly signer: LocalSigner;
  readonly escrow: EscrowPublicKey;
  readonly escrowPrivateKey: string;

  /** @param seeds bytes of the two keys that seal, and of the one that signs @default - random
   * @param escrowPrivateKey in PEM @default - a new one */
  constructor(seeds?: readonly [Uint8Array, Uint8Array, Uint8Array], escrowPrivateKey?: string) {
    this.configuration = this.kms.createKey(seeds?.[0]);
    this.credentials = this.kms.createKey(seeds?.[1]);
    this.signer = localSigner(seeds?.[2]);
    this.escrowPrivateKey = escrowPrivateKey ?? escrowPair().privateKey;
    this.escrow = requireKey(
      createPublicKey(this.escrowPrivateKey).export({ type: 'spki', format: 'pem' }) as string,
    );
  }

  get trusted(): TrustedKeys {
    return { configuration: [this.configuration], credentials: [this.credentials] };
  }

  sealer({ escrow = true }: { readonly escrow?: boolean } = {}) {
    return createSealer(this.kms.client, escrow ? { escrowPublicKey: this.escrow } : {});
  }

  get signers(): TrustedSigners {
    return trustSigners([this.signer.key]);
  }

  get opener(): Opener {
    return this.sealer().opener(this.trusted);
  }

  keyFor(part: PartName): string {
    return part.endsWith('.config') ? this.configuration : this.credentials;
  }

  /** Seal a backup of the given parts. */
  seal(
    facts: Partial<BackupFacts> = {},
    parts: Readonly<Record<string, string | Uint8Array>> = SAMPLE_PARTS,
    options: { readonly escrow?: boolean } = {},
  ): Promise<SealedBackup> {
    const plain = Object.entries(parts).map(([name, content]) => ({
      name: name as PartName,
      plain: Buffer.from(content as string),
      keyArn: this.keyFor(name as PartName),
    }));
    const tools = { sealer: this.sealer(options), signer: this.signer };
    return sealBackup({ ...SAMPLE_FACTS, ...facts }, plain, tools);
  }

  /** Open all parts of a backup that these keys have signed, or fail at the first check that does. */
  openAll(bytes: Uint8Array, opener = this.opener, tenant = 'acme'): Promise<Map<PartName, Buffer>> {
    return openAll(bytes, { tenant, signers: this.signers }, opener);
  }
}

/** Open all parts of a backup, or fail at the first check that does. */
export async function openAll(
  bytes: Uint8Array,
  expected: Pick<OpenExpectations, 'tenant' | 'signers'>,
  opener: Opener,
): Promise<Map<PartName, Buffer>> {
  const backup = await openBackup(bytes, { ...expected, maxPartBytes: MAX_PART_BYTES }, opener);
  const parts = new Map<PartName, Buffer>();
  for (const { name } of backup.manifest.parts) parts.set(name, await backup.open(name));
  return parts;
}

/** What opened parts hold, without the padding of credentials. */
export const textsOf = (opened: ReadonlyMap<PartName, Buffer>): Record<string, string> =>
  Object.fromEntries([...opened].map(([name, plain]) => [name, plain.toString().replace(/ +$/, '')]));

/** An archive taken apart, to be put together differently. */
export function partsOf(bytes: Uint8Array): {
  manifest: Manifest;
  signature: Uint8Array;
  sealed: Map<PartName, Uint8Array>;
} {
  const { manifest, signature, sealedParts } = unpackArchive(bytes);
  return { manifest: structuredClone(manifest), signature, sealed: new Map(sealedParts) };
}

export function escrowPair(modulusLength = 3072): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function requireKey(pem: string): EscrowPublicKey {
  const key = readEscrowPublicKey(pem);
  if ('problem' in key) throw new Error(`escrow key ${key.problem}`);
  return key;
}
