import { CreateKeyCommand, type CreateKeyCommandInput, KMSClient } from '@aws-sdk/client-kms';
import { vi } from 'vitest';
import { clientSettings, startLocalAws } from '../../../scripts/local/local-aws.ts';

/** A local AWS for the tests of one file that need KMS alone. */
export interface LocalKms {
  readonly kms: KMSClient;
  readonly settings: ReturnType<typeof clientSettings>;
  /** Creates a key and returns its ARN. */
  createKey(input?: CreateKeyCommandInput): Promise<string>;
  stop(): Promise<void>;
}

export async function startLocalKms(): Promise<LocalKms> {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  const localAws = await startLocalAws();
  const settings = clientSettings(localAws);
  const kms = new KMSClient(settings);
  return {
    kms,
    settings,
    createKey: async (input = {}) => (await kms.send(new CreateKeyCommand(input))).KeyMetadata?.Arn ?? '',
    async stop() {
      vi.unstubAllEnvs();
      kms.destroy();
      await localAws.stop();
    },
  };
}
