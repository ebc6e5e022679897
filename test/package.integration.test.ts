import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SOFTWARE_VERSION } from '../functions/runtime/version.ts';
import { deployStack } from '../scripts/local/deploy.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../scripts/local/local-aws.ts';
import { THIRD_PARTY } from '../scripts/third-party.ts';

/** The npm package as another team uses it: packed here, installed in an empty folder, deployed by a CDK app there. */

const PROJECT = join(import.meta.dirname, '..');
const TARBALL = `tenant-backup-cdk-${SOFTWARE_VERSION}.tgz`;

const APP = `
import { App, Stack } from 'aws-cdk-lib';
import { TenantBackup } from '@tenant-backup/cdk';
const stack = new Stack(new App(), 'Identity');
new TenantBackup(stack, 'Backup', {
  name: 'identity-eu',
  enrolmentPrefix: 'identity-eu/',
  schedules: [{ name: 'nightly', expression: 'cron(0 2 * * ? *)' }],
  removal: 'destroy',
});
`;

let folder: string;
let localAws: LocalAws;

/** Runs a program with the Node and the tools of the project. */
function run(command: 'npm' | 'npx' | 'tsc', cwd: string, ...options: string[]): string {
  const bin = join(PROJECT, 'node_modules', '.bin');
  // npm tells the programs that it starts about the folder that it runs in.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  const { status, stdout, stderr } = spawnSync(command, options, {
    cwd,
    env: {
      ...Object.fromEntries(own),
      ...localAws.environment,
      PATH: `${bin}${delimiter}${process.env['PATH']}`,
    },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command} ${options.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

beforeAll(async () => {
  localAws = await startLocalAws();
  folder = mkdtempSync(join(tmpdir(), 'tenant-backup-package-'));
  run('npm', PROJECT, 'pack', '--pack-destination', folder);
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  writeFileSync(join(folder, 'app.ts'), APP);
  writeFileSync(join(folder, 'cdk.json'), '{"app":"node app.ts"}');
  run(
    'npm',
    folder,
    'install',
    `./${TARBALL}`,
    '--prefer-offline',
    '--legacy-peer-deps',
    '--no-audit',
    '--no-fund',
  );
  // The app has its own CDK. That of the clone saves a download.
  for (const peer of ['aws-cdk-lib', 'constructs']) {
    symlinkSync(join(PROJECT, 'node_modules', peer), join(folder, 'node_modules', peer));
  }
}, 300_000);

afterAll(async () => {
  await localAws?.stop();
  if (folder) rmSync(folder, { recursive: true });
});

const packageFile = (...path: string[]) => join(folder, 'node_modules', '@tenant-backup', 'cdk', ...path);

it('holds compiled files, bundles and types, and neither sources nor development tools', () => {
  const files = readdirSync(packageFile(), { recursive: true, encoding: 'utf8' });
  expect(files).toContain('README.md');
  expect(files).toContain(join('dist', 'infra', 'index.d.ts'));
  expect(files).toContain(join('dist', 'functions', 'drill', 'index.mjs'));
  expect(files).toContain(join('dist', 'functions', 'drill', THIRD_PARTY));
  expect(files.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([]);
  const { bomFormat, components } = JSON.parse(readFileSync(packageFile('dist', 'sbom.cdx.json'), 'utf8'));
  const names = components.map(({ purl }: { purl: string }) => purl);
  expect(bomFormat).toBe('CycloneDX');
  expect(names).toContainEqual(expect.stringMatching(/^pkg:npm\/%40middy\/core@\d/));
  expect(readdirSync(join(folder, 'node_modules'))).not.toContain('esbuild');
  const { private: hidden, publishConfig } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
  expect({ hidden, publishConfig }).toEqual({});
});

it('has types that the compiler of the app understands', () => {
  const settings = { module: 'nodenext', target: 'esnext', strict: true, noEmit: true, types: [] };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: settings, files: ['app.ts'] }),
  );
  const tsc = (): string => run('tsc', folder, '--project', '.');
  expect(tsc()).toBe('');
  writeFileSync(join(folder, 'app.ts'), APP.replace("removal: 'destroy'", "removal: 'snapshot'"));
  expect(tsc).toThrow(/'"snapshot"' is not assignable/);
  writeFileSync(join(folder, 'app.ts'), APP);
});

it('deploys from another app, and its functions run', async () => {
  const outputs = await deployStack({ localAws, appFolder: folder, stackName: 'Identity' });
  expect(outputs).toMatchObject({ identityeuDispatchFunction: 'identity-eu-dispatch' });
  const lambda = new LambdaClient(clientSettings(localAws));
  const FunctionName = 'identity-eu-audit';
  const { Handler } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  expect(Handler).toBe('index.handler');
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
  lambda.destroy();
  expect({ FunctionError, answer: Buffer.from(Payload ?? []).toString() }).toEqual({
    FunctionError: undefined,
    answer: expect.stringContaining('"tenants"'),
  });
});

it('brings the command, which says which Node it needs', () => {
  const version = { ...process.versions, node: '20.11.1' };
  const old = `data:text/javascript,Object.defineProperty(process,'versions',{value:${JSON.stringify(version)}})`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', old, packageFile('scripts', 'cli', 'bin.mjs')],
    {
      encoding: 'utf8',
    },
  );
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(
      /^NODE_TOO_OLD: needs Node 24 or newer, got v.*\n {2}next: install Node 24/,
    ),
  });
});

it('brings the command, which finds the deployment by stack and name', () => {
  const version = run('npx', folder, '--no-install', 'tenant-backup', '--version');
  expect(version.trim()).toBe(SOFTWARE_VERSION);
  const listed = run(
    'npx',
    folder,
    '--no-install',
    'tenant-backup',
    '--stack',
    'Identity/identity-eu',
    'list',
    '--json',
  );
  expect(JSON.parse(listed)).toEqual([]);
});
