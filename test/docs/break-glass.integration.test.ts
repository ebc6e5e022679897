import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compareTrees } from '../../functions/config/compare/compare.ts';
import { compareDumps } from '../../functions/config/compare/compare-dumps.ts';
import { type DumpParts, dumpParts } from '../../functions/config/export/dump-parts.ts';
import { exportParts } from '../../functions/config/export/export-parts.ts';
import { writeConfigPart, writeCredentialsPart } from '../../functions/config/export/parts.ts';
import { canonicalJson } from '../../functions/config/json/canonical-json.ts';
import { type JsonObject, parseJson } from '../../functions/config/json/json.ts';
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
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { CLIENT_ID, CLIENT_SECRET } from '../scripts/sandbox/support.ts';
import { connectTo } from '../tenant/connection.ts';
import { filesOf, forge } from '../vault/forged-archive.ts';
import { escrowPair, partsOf, SAMPLE_FACTS, SampleKeys } from '../vault/sample-backup.ts';
import { makeCommand } from './programs.ts';

const page = new URL('../../docs/RUNBOOK.md', import.meta.url);
const requirementsFile = new URL('../../scripts/break-glass/requirements.txt', import.meta.url).pathname;

/** The commands of the page's blocks that have this word, in their order. */
async function stepsOfPage(
  word: 'break-glass' | 'without-aws' | 'import-by-hand' = 'break-glass',
): Promise<string[]> {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(/^```sh (\S+)\n([\s\S]*?)^```$/gm)].flatMap(([, info, body = '']) =>
    info === word ? [body] : [],
  );
}

/** `tenant-backup`, and the CLI as pip installed it, but for the first line: that names the Python of where the environment was made, before it
 * was moved to its place.
 * @returns the folder that it is in */
async function commandLineInterface(python: string, folder: string): Promise<string> {
  const installed = await readFile(join(dirname(python), 'aws-encryption-cli'), 'utf8');
  const programs = await mkdtemp(join(folder, 'programs-'));
  const program = installed.replace(/^#!.*$/m, `#!${python}`);
  await writeFile(join(programs, 'aws-encryption-cli'), program, { mode: 0o755 });
  await makeCommand(programs);
  return programs;
}

const CLIENTS = [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }];

/** Neither credentials nor anybody who answers. */
const WITHOUT_AWS = {
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** The export of a part, or of the hub without credentials. */
async function exportOf(tenant: Sandbox, part: 'hub' | 'mask' | 'system' | 'identity'): Promise<string> {
  const { hub, system, identity } = connectTo(tenant, { limits: { maxBodyBytes: 16 * 1024 * 1024 } });
  const exports = {
    hub: () => hub.exportTree({ withCredentials: true }),
    mask: () => hub.exportTree({ withCredentials: false }),
    system: () => system.exportDump(),
    identity: () => identity.exportDump(),
  };
  return (await exports[part]()).toString();
}

/** Numbers and texts that careless tools lose on the way. */
const ODDITIES =
  '"limits":{"wide":12345678901234567890,"fine":0.10000000000000000555,"one":1.0,"text":"1.0"},"odd":{"a/b~c":"\\ud83d\\udd11 \\u0000 ü"},';
const withOddities = (tree: string): string => `{${ODDITIES}${tree.slice(1)}`;

let localAws: LocalAws;
let kms: KMSClient;
let folder: string;
let environment: NodeJS.ProcessEnv;
let sandbox: Sandbox;
let archive: Buffer;
let peopleOnly: Buffer;
let signing: SigningKey;
let escrow: ReturnType<typeof escrowPair>;
let exported: Readonly<Record<'hub' | 'system' | 'identity', string>>;

beforeAll(async () => {
  for (const program of ['zstd', 'jq', 'openssl', 'sha256sum', 'curl']) {
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
  sandbox = await startSandbox();
  sandbox.addTenant({ ...tenant, clients: CLIENTS });
  const mask = withOddities(await exportOf(sandbox, 'mask'));
  exported = {
    hub: withOddities(await exportOf(sandbox, 'hub')),
    system: await exportOf(sandbox, 'system'),
    identity: await exportOf(sandbox, 'identity'),
  };
  const keyArn = async (alias: string) => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId }));
    return KeyMetadata?.Arn ?? '';
  };
  const keys = {
    config: await keyArn('alias/break-glass/configuration'),
    credentials: await keyArn('alias/break-glass/credentials'),
  };
  escrow = escrowPair();
  const escrowPublicKey = readEscrowPublicKey(escrow.publicKey);
  if ('problem' in escrowPublicKey) throw new Error(escrowPublicKey.problem);
  const split = (
    part: 'hub' | 'system',
    { config, credentials }: Pick<DumpParts, 'config' | 'credentials'>,
  ) =>
    [
      {
        name: `${part}.config`,
        plain: writeConfigPart(config, credentials, Buffer.alloc(32)),
        keyArn: keys.config,
      },
      {
        name: `${part}.credentials`,
        plain: writeCredentialsPart(credentials),
        keyArn: keys.credentials,
      },
    ] as const;
  const people = {
    name: 'identity.credentials',
    plain: Buffer.from(exported.identity),
    keyArn: keys.credentials,
  } as const;
  const parts = [
    ...split('hub', exportParts(Buffer.from(exported.hub), Buffer.from(mask))),
    ...split('system', dumpParts(Buffer.from(exported.system))),
    people,
  ];
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
  );
  const signer = createSigner(kms, KeyMetadata?.Arn ?? '');
  signing = await signer.publicKey();
  const sealer = createSealer(kms, { escrowPublicKey });
  archive = (await sealBackup(SAMPLE_FACTS, parts, { sealer, signer })).bytes;
  peopleOnly = (await sealBackup(SAMPLE_FACTS, [people], { sealer, signer })).bytes;
});

afterAll(async () => {
  vi.unstubAllEnvs();
  kms?.destroy();
  await localAws?.stop();
  await sandbox?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const run = (steps: readonly string[], place: string, variables: NodeJS.ProcessEnv = {}) =>
  runProgram('bash', ['-c', ['set -euo pipefail', ...steps].join('\n')], {
    environment: { ...environment, ...variables },
    folder: place,
  });

const follow = async (steps: readonly string[], bytes: Uint8Array, tenant = 'acme', key = signing.pem) => {
  const place = await mkdtemp(join(folder, 'empty-'));
  await writeFile(join(place, 'acme.tar'), bytes);
  await writeFile(join(place, 'signing.pem'), key);
  const result = await run(
    steps.map((step) => step.replace('TENANT=acme', `TENANT=${tenant}`)),
    place,
  );
  return { ...result, place, read: (file: string) => readFile(join(place, file), 'utf8') };
};

describe('the break-glass steps of the runbook', () => {
  it('prove the origin and give back exactly the exported documents, with ready-made programs alone', async () => {
    const steps = await stepsOfPage();
    expect(steps).toHaveLength(7);
    const { exitCode, output, place, read } = await follow(steps, archive);
    expect({ exitCode, output }).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching(
        /^Verified OK$[\s\S]*^true$[\s\S]*^identity\.credentials\.json\.encrypted: OK$/m,
      ),
    });
    expect(sortedJson(await read('hub.json'))).toBe(sortedJson(exported.hub));
    expect(sortedJson(await read('system.json'))).toBe(sortedJson(exported.system));
    expect((await read('identity.json')).trimEnd()).toBe(exported.identity);
    const left = (await readdir(place)).filter((name) => /\.(config|credentials)\.json(\.zst)?$/.test(name));
    expect(left).toEqual([]);
  });

  it('open a backup of people alone', async () => {
    const { exitCode, output, read } = await follow(await stepsOfPage(), peopleOnly);
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect((await read('identity.json')).trimEnd()).toBe(exported.identity);
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
    expect(result.output).toMatch(/^identity\.credentials\.json\.encrypted: FAILED$/m);
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

describe('the steps that import by hand', () => {
  it('bring all parts of a lost tenant back', async () => {
    const { exitCode, output, place } = await follow(await stepsOfPage(), archive);
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    await expectImported(place);
  });

  it('bring them back where the AWS account is lost: an archive, the escrow key and the signing key are enough', async () => {
    const place = await mkdtemp(join(folder, 'empty-'));
    await writeFile(join(place, 'acme.tar'), archive);
    await writeFile(join(place, 'escrow.private.pem'), escrow.privateKey);
    await writeFile(join(place, 'signing.pem'), signing.pem);
    const steps = await stepsOfPage('without-aws');
    expect(steps).toHaveLength(1);
    const { exitCode, output } = await run(steps, place, WITHOUT_AWS);
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    await expectImported(place);
  });

  /** Imports the documents of a folder into an empty tenant, which then is as the one that was exported. */
  async function expectImported(place: string): Promise<void> {
    const empty = await startSandbox();
    try {
      const { issuer } = empty.addTenant({ id: 'acme', tree: {}, clients: CLIENTS });
      const imported = await run(await stepsOfPage('import-by-hand'), place, {
        ...WITHOUT_AWS,
        ISSUER: issuer,
        CLIENT_ID,
        CLIENT_SECRET,
      });
      expect(imported).toEqual({ exitCode: 0, output: 'hub: 204\nsystem: 204\nidentity: 204\n' });
      const tree = compareTrees(
        parseJson(exported.hub.replace(ODDITIES, '')),
        parseJson(await exportOf(empty, 'hub')),
      );
      expect(tree.differences.filter(({ kind }) => kind !== 'extra')).toEqual([]);
      for (const part of ['system', 'identity'] as const) {
        const dump = parseJson(await exportOf(empty, part)) as JsonObject;
        const { differences, compared } = compareDumps(parseJson(exported[part]) as JsonObject, dump);
        expect({ part, missing: differences.filter(({ kind }) => kind !== 'extra') }).toEqual({
          part,
          missing: [],
        });
        expect(compared).toBeGreaterThan(10);
      }
    } finally {
      await empty.close();
    }
  }

  it('end at the first refusal', async () => {
    const place = await mkdtemp(join(folder, 'refused-'));
    const { exitCode, output } = await run(await stepsOfPage('import-by-hand'), place, {
      ISSUER: sandbox.issuer('acme'),
      CLIENT_ID,
      CLIENT_SECRET: 'of another client',
    });
    expect(exitCode).not.toBe(0);
    expect(output).not.toContain('hub:');
  });
});

/** The text of a document with its members sorted, numbers as they are written. */
function sortedJson(text: string): string {
  return canonicalJson(parseJson(text));
}
