import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { ENROLMENT_PREFIX } from '../../functions/runtime/names.ts';
import { vaultKey } from '../../functions/vault/format/layout.ts';
import type { VaultVersion } from '../../functions/vault/storage/vault.client.ts';
import type { Deployed } from '../deployed.ts';

/** What S3, KMS and Secrets Manager answer to a function's role: `allowed`, or the name of the refusal. */
export async function assessRights(
  deployed: Deployed,
  name: 'backupFunction' | 'restoreFunction' | 'planFunction' | 'auditFunction' | 'dispatchFunction',
  version: VaultVersion,
): Promise<Record<string, string>> {
  const settings = await deployed.asFunction(name);
  const environment = await deployed.environmentOf('restoreFunction');
  const vault = { Bucket: environment['VAULT_BUCKET'] };
  const KeyId = environment['CREDENTIALS_ALIAS_ARN'];
  const EncryptionContext = { proof: 'of rights' };
  const { CiphertextBlob } = await deployed.deployment.kms.send(
    new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }),
  );
  const archive = { ...vault, Key: vaultKey(version.tier, version.tenant), VersionId: version.versionId };
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const kms = new KMSClient(settings);
  const secrets = new SecretsManagerClient(settings);
  const put = (key: string) => s3.send(new PutObjectCommand({ ...vault, Key: key, Body: 'proof' }));
  const answers: Record<string, Promise<unknown>> = {
    'list versions': s3.send(new ListObjectVersionsCommand(vault)),
    'read an archive': s3.send(new GetObjectCommand({ ...vault, Key: archive.Key })),
    'read a version': s3.send(new GetObjectCommand(archive)),
    'delete a version': s3.send(new DeleteObjectCommand(archive)),
    'delete an archive': s3.send(new DeleteObjectCommand({ ...vault, Key: archive.Key })),
    'put a manual backup': put('manual/proof-of-rights.tar'),
    'put a safety backup': put('safety/proof-of-rights.tar'),
    decrypt: kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext })),
    'list enrolments': secrets.send(new ListSecretsCommand({})),
    'read an enrolment': secrets.send(
      new GetSecretValueCommand({ SecretId: ENROLMENT_PREFIX + version.tenant }),
    ),
  };
  const judged = Object.entries(answers).map(async ([what, answer]) => [
    what,
    await answer.then(
      () => 'allowed',
      (error: Error) => (/AccessDenied/.test(error.name) ? 'denied' : error.name),
    ),
  ]);
  return Object.fromEntries(await Promise.all(judged));
}
