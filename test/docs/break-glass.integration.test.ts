import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { splitCredentials } from '../../functions/config/credentials/credentials.ts';
import { writeConfigPart } from '../../functions/config/export/parts.ts';
import { canonicalJson } from '../../functions/config/json/canonical-json.ts';
import { parseJson, stringifyJson } from '../../functions/config/json/json.ts';
import { readEscrowPublicKey } from '../../functions/escrow-key.ts';
import type { SigningKey } from '../../functions/signing-key.ts';
import { sealBackup } from '../../functions/vault/backup-archive.ts';
import { createSealer } from '../../functions/vault/keys/sealer.client.ts';
import { createSigner } from '../../functions/vault/keys/signer.client.ts';
import { localSigner } from '../../scripts/bench/local-signer.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import {
  childEnvironment,
  clientSettings,
  type LocalAws,
  startLocalAws,
} from '../../scripts/local/local-aws.ts';
import { runProgram } from '../../scripts/local/run-program.ts';
import { ensureVirtualEnvironment } from '../../scripts/local/virtual-environment.ts';
import { redactTenant } from '../../scripts/sandbox/state/redact.ts';
import { filesOf, forge } from '../vault/forged-archive.ts';
import { escrowPair, partsOf, SAMPLE_FACTS, SampleKeys } from '../vault/sample-backup.ts';

const page = new URL('../../docs/RUNBOOK.md', import.meta.url);
const requirementsFile = new URL('../../scripts/break-glass/requirements.txt', import.meta.url).pathname;

/** The commands of the page's break-glass steps, in their order. */
async function stepsOfPage(): Promise<string[]> {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(/^```sh break-glass\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
}

/** The CLI as pip installed it, but for the first line: that names the Python of where the environment was made, before it
 * was moved to its place.
 * @returns the folder that it is in */
async function commandLineInterface(python: string, folder: string): Promise<string> {
  const installed = await readFile(join(dirname(python), 'aws-encryption-cli'), 'utf8');
  const programs = await mkdtemp(join(folder, 'programs-'));
  const program = installed.replace(/^#!.*$/m, `#!${python}`);
  await writeFile(join(programs, 'aws-encryption-cli'), program, { mode: 0o755 });
  return programs;
}

let localAws: LocalAws;
let kms: KMSClient;
let folder: string;
let environment: NodeJS.ProcessEnv;
let archive: Buffer;
let signing: SigningKey;
let exported: string;

beforeAll(async () => {
  for (const program of ['zstd', 'jq', 'openssl', 'sha256sum']) {
    const { exitCode } = await runProgram(program, [program === 'openssl' ? 'version' : '--version']);
    if (exitCode === 0) continue;
    throw new Error(
      `the break-glass steps need ${program}: install it (Debian and Ubuntu: apt-get install ${program}; macOS: brew install ${program})`,
    );
  }
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  const python = await ensureVirtualEnvironment({ requirementsFile });
  localAws = await startLocalAws();
  kms = new KMSClient(clientSettings(localAws));
  folder = await mkdtemp(join(tmpdir(), 'break-glass-'));
  const own = childEnvironment(localAws);
  const programs = await commandLineInterface(python, folder);
  environment = { ...own, PATH: [programs, dirname(python), own['PATH']].join(delimiter) };
  const [tenant] = demoTenants();
  if (!tenant) throw new Error('there is no demonstration tenant');
  // Numbers and texts that careless tools lose on the way, besides a whole realistic tenant.
  exported = stringifyJson(tenant.tree).replace(
    /^\{/,
    '{"limits":{"wide":12345678901234567890,"fine":0.10000000000000000555,"one":1.0,"text":"1.0"},"odd":{"a/b~c":"\\ud83d\\udd11 \\u0000 ü"},',
  );
  const full = parseJson(exported);
  const mask = parseJson(stringifyJson(redactTenant(full as never)));
  const { config, credentials } = splitCredentials(full, mask);
  const keyArn = async (alias: string) => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId }));
    return KeyMetadata?.Arn ?? '';
  };
  const escrowPublicKey = readEscrowPublicKey(escrowPair().publicKey);
  if ('problem' in escrowPublicKey) throw new Error(escrowPublicKey.problem);
  const parts = [
    {
      name: 'hub.config',
      plain: writeConfigPart([Buffer.from(stringifyJson(config))], credentials, Buffer.alloc(32)),
      keyArn: await keyArn('alias/break-glass/configuration'),
    },
    {
      name: 'hub.credentials',
      plain: Buffer.from(stringifyJson(credentials)),
      keyArn: await keyArn('alias/break-glass/credentials'),
    },
  ] as const;
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
  );
  const signer = createSigner(kms, KeyMetadata?.Arn ?? '');
  signing = await signer.publicKey();
  const sealer = createSealer(kms, { escrowPublicKey });
  archive = (await sealBackup(SAMPLE_FACTS, parts, { sealer, signer })).bytes;
});

afterAll(async () => {
  vi.unstubAllEnvs();
  kms?.destroy();
  await localAws?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const follow = async (steps: readonly string[], bytes: Uint8Array, tenant = 'acme', key = signing.pem) => {
  const place = await mkdtemp(join(folder, 'empty-'));
  await writeFile(join(place, 'acme.tar'), bytes);
  await writeFile(join(place, 'signing.pem'), key);
  const script = ['set -euo pipefail', ...steps].join('\n').replace('TENANT=acme', `TENANT=${tenant}`);
  const result = await runProgram('bash', ['-c', script], { environment, folder: place });
  return { ...result, read: (file: string) => readFile(join(place, file), 'utf8') };
};

describe('the break-glass steps of the runbook', () => {
  it('prove the origin and give back exactly the exported document, with ready-made programs alone', async () => {
    const steps = await stepsOfPage();
    expect(steps).toHaveLength(7);
    const { exitCode, output, read } = await follow(steps, archive);
    expect({ exitCode, output }).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching(
        /^Verified OK$[\s\S]*^true$[\s\S]*^hub\.credentials\.json\.encrypted: OK$/m,
      ),
    });
    const document = await read('document.json');
    expect(sortedJson(document)).toBe(sortedJson(exported));
  });

  it('stop at an archive of another tenant, at one that was changed, and at one that somebody else has signed', async () => {
    const steps = await stepsOfPage();
    const other = await follow(steps, archive, 'globex');
    expect(other.exitCode).not.toBe(0);
    expect(other.output).toMatch(/^false$/m);
    const damaged = Buffer.from(archive);
    // In the middle of the last part, far from any header.
    const at = damaged.length - 1024 - 700;
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    const result = await follow(steps, damaged);
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(/^hub\.credentials\.json\.encrypted: FAILED$/m);
    const stranger = await follow(steps, archive, 'acme', localSigner().key.pem);
    expect(stranger.exitCode).not.toBe(0);
    expect(stranger.output).toMatch(/^Verification failure$/im);
    for (const { read } of [other, result, stranger]) {
      await expect(read('hub.config.json')).rejects.toThrow('ENOENT');
    }
  });

  it('stop at parts of another manifest, whoever has signed it', async () => {
    const { manifest, sealed } = partsOf(archive);
    const insider = new SampleKeys();
    const forged = forge(insider, { ...manifest, trigger: 'manual' }, filesOf(sealed));
    const { exitCode, output, read } = await follow(
      await stepsOfPage(),
      forged,
      'acme',
      insider.signer.key.pem,
    );
    expect(exitCode).not.toBe(0);
    expect(output).toContain('Verified OK');
    expect(output).toContain('encryption context');
    await expect(read('hub.config.json')).rejects.toThrow('ENOENT');
  });
});

/** The text of a document with its members sorted, numbers as they are written. */
function sortedJson(text: string): string {
  return canonicalJson(parseJson(text));
}
