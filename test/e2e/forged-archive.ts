import { sealBackup } from '../../functions/vault/backup-archive.ts';
import { createSealer } from '../../functions/vault/keys/sealer.client.ts';
import { createSigner } from '../../functions/vault/keys/signer.client.ts';
import type { VaultVersion } from '../../functions/vault/storage/vault.client.ts';
import type { Deployed } from '../deployed.ts';

/** Put an archive into the vault that says it is a tenant's, and is sealed under keys of choice. The deployment's own key signs it.
 * @param like a backup whose manifest it takes over */
export async function forgeArchive(
  { deployment: { vault, kms, output } }: Deployed,
  like: VaultVersion,
  tenant: string,
  keyArns: { readonly config: string; readonly credentials: string },
): Promise<VaultVersion> {
  const archive = await vault.get(like, { maxBytes: like.sizeBytes });
  const { parts, format, formatVersion, signedBy, ...facts } = JSON.parse(
    archive.toString('utf8', 512, 512 + Number.parseInt(archive.toString('latin1', 124, 135), 8)),
  );
  const source = { ...facts.source, issuer: facts.source.issuer.replaceAll(like.tenant, tenant) };
  const { bytes } = await sealBackup(
    { ...facts, tenant, source },
    [
      { name: 'hub.config', plain: Buffer.from('{"document":{}}'), keyArn: keyArns.config },
      { name: 'hub.credentials', plain: Buffer.from('{}'), keyArn: keyArns.credentials },
    ],
    { sealer: createSealer(kms), signer: createSigner(kms, output('signingKeyArn')) },
  );
  const { versionId } = await vault.put('manual', tenant, bytes, '2026-01-01T00:00:00Z');
  return { tenant, versionId } as VaultVersion;
}
