import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, vi } from 'vitest';
import { ENROLMENT_PREFIX, type KeyPurpose } from '../../functions/runtime/names.ts';
import type { VaultVersion } from '../../functions/vault/storage/vault.client.ts';
import type { InspectedArchive } from '../../scripts/cli/commands/keys/inspect.ts';
import type { ListedKey } from '../../scripts/cli/commands/keys/list.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { childEnvironment, clientSettings } from '../../scripts/local/local-aws.ts';
import { runProgram } from '../../scripts/local/run-program.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { type Deployed, deploy, untilPoliciesSeeAliases } from '../deployed.ts';

const MAIN_FILE = fileURLToPath(new URL('../../scripts/cli/main.ts', import.meta.url));
const PATIENCE_MILLISECONDS = 60_000;

/** A deployment, a sandbox and a folder for backup keys, and what tests do with them. */
export interface KeysStage {
  readonly deployed: Deployed;
  readonly sandbox: Sandbox;
  readonly folder: string;
  /** The key that the stack has made for each purpose. */
  readonly first: Readonly<Record<KeyPurpose, string>>;
  run(args: readonly string[], environment?: NodeJS.ProcessEnv): ReturnType<typeof runProgram>;
  /** Runs `keys …` with `--json`, which must succeed. A new key counts when it returns. */
  keys<Result>(...args: string[]): Promise<Result>;
  listed(): Promise<ListedKey[]>;
  enrolTenant(id: string): Promise<void>;
  /** Stores the enrolment of a tenant again, with keys of its own. */
  setKeys(id: string, named: Partial<Record<KeyPurpose, string>>): Promise<void>;
  /** Asks the deployed functions for a backup, and waits for it. */
  backUp(tenant: string): Promise<VaultVersion>;
  /** Returns the recipients of each part. */
  inspect(version: VaultVersion): Promise<Record<string, string[]>>;
  dryRun(version: VaultVersion): ReturnType<Deployed['deployment']['restore']>;
  close(): Promise<void>;
}

/** @param stage is filled in: tests are described before there is a deployment */
export async function openKeysStage(stage: Partial<KeysStage>): Promise<void> {
  const [deployed, sandbox, folder] = await Promise.all([
    deploy({ maxReceiveCount: 1 }),
    startSandbox(),
    mkdtemp(join(tmpdir(), 'tenant-backup-keys-')),
  ]);
  const secrets = new SecretsManagerClient(clientSettings(deployed.localAws));
  const tree = demoTenants()[0]?.tree ?? {};
  const enrolments = new Map<string, object>();
  const first = {} as Record<KeyPurpose, string>;
  const opened = Object.assign(stage, {
    deployed,
    sandbox,
    folder,
    first,
    run: (args, environment = childEnvironment(deployed.localAws)) =>
      runProgram(process.execPath, [MAIN_FILE, ...args], { environment }),
    async keys<Result>(...args: string[]): Promise<Result> {
      const { exitCode, output } = await opened.run(['keys', ...args, '--json']);
      expect(output, output).toMatch(/^[[{]/);
      expect(exitCode, output).toBe(0);
      if (args[0] === 'create' || args[0] === 'add') await untilPoliciesSeeAliases();
      return JSON.parse(output);
    },
    listed: (): Promise<ListedKey[]> => opened.keys<ListedKey[]>('list'),
    async enrolTenant(id) {
      const { issuer, clients } = sandbox.addTenant({ id, tree });
      const { clientId, clientSecret } = clients[0] ?? {};
      enrolments.set(id, { issuer, clientId, clientSecret, parts: ['hub'] });
      await deployed.deployment.enrolments.add(id, JSON.stringify(enrolments.get(id)), 'nightly');
    },
    async setKeys(id, named) {
      await secrets.send(
        new PutSecretValueCommand({
          SecretId: ENROLMENT_PREFIX + id,
          SecretString: JSON.stringify({ ...enrolments.get(id), keys: named }),
        }),
      );
    },
    async backUp(tenant) {
      const versionsOf = async () =>
        (await deployed.deployment.versionsOf(tenant)).filter(({ tier }) => tier === 'manual');
      const before = (await versionsOf()).map(({ versionId }) => versionId);
      await deployed.deployment.invoke('dispatchFunction', { tenants: [tenant] });
      const added = async () => (await versionsOf()).filter(({ versionId }) => !before.includes(versionId));
      const version = await vi.waitUntil(async () => (await added())[0], {
        timeout: PATIENCE_MILLISECONDS,
        interval: 200,
      });
      return version;
    },
    async inspect({ tenant, versionId }): Promise<Record<string, string[]>> {
      const { parts } = await opened.keys<InspectedArchive>('inspect', `${tenant}@${versionId}`);
      return Object.fromEntries(
        parts.map(({ name, recipients }) => [
          name,
          recipients.map((recipient) => (recipient.type === 'kms' ? recipient.keyArn : recipient.type)),
        ]),
      );
    },
    dryRun: ({ tenant, versionId }) => deployed.deployment.restore({ tenant, versionId, dryRun: true }),
    async close() {
      secrets.destroy();
      await rm(folder, { recursive: true, force: true });
      await sandbox.close();
      await deployed.close();
    },
  } satisfies KeysStage);
  for (const { purpose, keyArn } of await opened.listed()) first[purpose] = keyArn;
}
