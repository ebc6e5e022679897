/** What the benches of the deployed stack act on: the stack on a local AWS, a sandbox in a process of its own, a bare function
 * beside the product's, and the tools of the shell recipe. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { build } from 'esbuild';
import { type Deployment, openDeployment } from '../demo/deployment.ts';
import { deployStack } from '../local/deploy.ts';
import { childEnvironment, clientSettings, type LocalAws, startLocalAws } from '../local/local-aws.ts';
import { findPython } from '../local/python.ts';
import { ensureVirtualEnvironment } from '../local/virtual-environment.ts';
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';

const run = promisify(execFile);

const RECIPE_REQUIREMENTS = fileURLToPath(new URL('recipe/requirements.txt', import.meta.url));
const BENCH_FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** Functions that are called, by the names of the stack's outputs; `bare` is not of the stack. */
export type Callee = 'backupFunction' | 'restoreFunction' | 'dispatchFunction' | 'bare';

export interface World {
  readonly localAws: LocalAws;
  readonly deployment: Deployment;
  readonly sandbox: SandboxProcess;
  /** Adds a tenant to the sandbox and enrols it.
   * @param tree JSON
   * @param schedule that backs it up. @default - none */
  enrol(id: string, tree: string, schedule?: 'nightly'): Promise<TenantInBench>;
  /** Calls a function and waits for its answer.
   * @returns its answer, and how long that took, in milliseconds
   * @throws Error if it failed */
  call<Result>(callee: Callee, event: object): Promise<{ result: Result; milliseconds: number }>;
  /** Makes the next call of a function a cold start. */
  cool(callee: Callee): Promise<void>;
  /** Peak memory of the process that answers for a function, in bytes. */
  peakBytes(callee: Callee): Promise<number>;
  /** Runs one of the recipe's scripts.
   * @returns milliseconds */
  recipe(script: 'backup' | 'restore', tenant: TenantInBench): Promise<number>;
  close(): Promise<void>;
}

export interface TenantInBench {
  readonly id: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const BARE_NAME = 'bench-bare';

/** @param context laid over the settings of `cdk.json` */
export async function createWorld(report: (line: string) => void, context: object = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'tenant-backup-bench-'));
  const [localAws, sandbox] = await Promise.all([startLocalAws({ report }), startSandboxProcess()]);
  const lambda = new LambdaClient({
    ...clientSettings(localAws),
    maxAttempts: 1,
    requestHandler: { requestTimeout: 900_000 },
  });
  report('deploy the stack');
  const outputs = await deployStack({
    localAws,
    context: { tenantBackup: { removal: 'destroy', promote: [], ...context } },
  });
  const deployment = openDeployment(localAws, outputs);
  const nameOf = (callee: Callee) => (callee === 'bare' ? BARE_NAME : deployment.output(callee));
  const configurationOf = (callee: Callee) =>
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName: nameOf(callee) }));

  // May put below `safety/`, which is all that the bare function does.
  const { Role, MemorySize } = await configurationOf('restoreFunction');
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: BARE_NAME,
      Runtime: 'nodejs24.x',
      Handler: 'bare.handler',
      Role,
      MemorySize,
      Timeout: 900,
      Code: { ZipFile: await zipped(folder) },
    }),
  );
  const environment = await recipeEnvironment(localAws, folder, report);
  let rounds = 0;

  return {
    localAws,
    deployment,
    sandbox,
    async enrol(id, tree, schedule) {
      const { issuer, clients } = await sandbox.addTenant(id, tree);
      const [client] = clients;
      if (!client) throw new Error(`tenant ${id} has no client`);
      const { clientId, clientSecret } = client;
      // The recipe beside it exports the tree alone.
      const enrolment = JSON.stringify({ issuer, clientId, clientSecret, parts: ['hub'] });
      await deployment.enrolments.add(id, enrolment, schedule ?? 'by-hand');
      return { id, issuer, clientId, clientSecret };
    },
    async call<Result>(callee: Callee, event: object) {
      const start = performance.now();
      const { Payload, FunctionError } = await lambda.send(
        new InvokeCommand({ FunctionName: nameOf(callee), Payload: JSON.stringify(event) }),
      );
      const milliseconds = performance.now() - start;
      const text = Buffer.from(Payload ?? []).toString('utf8');
      if (FunctionError) throw new Error(`${callee} failed: ${text.slice(0, 500)}`);
      return { result: JSON.parse(text || 'null') as Result, milliseconds };
    },
    async cool(callee) {
      const { Environment } = await configurationOf(callee);
      const Variables = { ...Environment?.Variables, BENCH_ROUND: String(++rounds) };
      await lambda.send(
        new UpdateFunctionConfigurationCommand({ FunctionName: nameOf(callee), Environment: { Variables } }),
      );
    },
    peakBytes: (callee) => peakBytesOf(nameOf(callee)),
    async recipe(script, { id, issuer, clientId, clientSecret }) {
      const start = performance.now();
      await run('bash', [join(BENCH_FOLDER, 'recipe', `${script}.sh`)], {
        env: {
          ...environment,
          TENANT: id,
          ISSUER: issuer,
          CLIENT_ID: clientId,
          CLIENT_SECRET: clientSecret,
          KEY_ID: outputs['ConfigurationAliasArn'] ?? '',
          BUCKET: deployment.output('ledgerBucket'),
        },
      });
      return performance.now() - start;
    },
    async close() {
      lambda.destroy();
      deployment.close();
      await Promise.all([sandbox.close(), localAws.stop(), rm(folder, { recursive: true, force: true })]);
    },
  };
}

async function zipped(folder: string): Promise<Uint8Array> {
  const outfile = join(folder, 'bare.mjs');
  await build({
    entryPoints: [join(BENCH_FOLDER, 'bare', 'bare.lambda.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
  });
  const archive = join(folder, 'bare.zip');
  const { file } = await findPython();
  await run(file, ['-m', 'zipfile', '-c', archive, outfile]);
  return readFile(archive);
}

/** The recipe's tools: those of the system, and an AWS command-line interface of the bench's own. */
async function recipeEnvironment(
  localAws: LocalAws,
  folder: string,
  report: (line: string) => void,
): Promise<NodeJS.ProcessEnv> {
  for (const tool of ['curl', 'jq', 'zstd', 'openssl']) {
    await run(tool, ['--version']).catch((cause) => {
      // openssl refuses this option: only a missing file is an error.
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
        throw new Error(`the recipe needs ${tool}: install it (Debian and Ubuntu: apt-get install ${tool})`);
      }
    });
  }
  const python = await ensureVirtualEnvironment({ requirementsFile: RECIPE_REQUIREMENTS, report });
  const aws = join(folder, 'aws');
  await writeFile(aws, `#!/bin/sh\nexec '${python}' -m awscli "$@"\n`);
  await chmod(aws, 0o755);
  const environment = childEnvironment(localAws);
  return { ...environment, PATH: [folder, environment['PATH']].join(delimiter) };
}

/** The process that the local AWS keeps for a function, found by its environment. */
async function peakBytesOf(functionName: string): Promise<number> {
  const { stdout } = await run('sh', [
    '-c',
    'grep -slza "^AWS_LAMBDA_FUNCTION_NAME=$0$" /proc/[0-9]*/environ || true',
    functionName,
  ]);
  const peaks = await Promise.all(
    stdout
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map(async (file) => {
        const status = await readFile(join(file, '..', 'status'), 'utf8').catch(() => '');
        return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
      }),
  );
  return Math.max(0, ...peaks);
}
