import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { STACK_NAME } from '../../functions/runtime/names.ts';
import { temporaryFolder } from './at-exit.ts';
import { childEnvironment, clientSettings, type LocalAws } from './local-aws.ts';
import { LocalAwsError } from './local-aws-error.ts';
import { runProgram } from './run-program.ts';

const PROJECT_FOLDER = fileURLToPath(new URL('../../', import.meta.url));
const BOOTSTRAP_STACK = 'CDKToolkit';

type Report = (line: string) => void;

type Settings = Record<string, unknown>;

/** How an app is synthesized. */
export type SynthesisOptions = {
  /** Context of the app (`cdk.json`); an object is laid over the object of the same key, anything else replaces it. */
  readonly context?: Settings;
  /** The folder with `cdk.json`. @default - this project */
  readonly appFolder?: string;
};

/** How a stack is deployed to the local AWS. */
export type DeployOptions = SynthesisOptions & {
  readonly localAws: LocalAws;
  /** Called with a short line for each step and each finished resource. */
  readonly report?: Report;
  /** Holds the synthesized app afterwards. Otherwise a temporary folder that is removed. */
  readonly outputFolder?: string;
  /** An app that `synthesize` left in this folder: context, app and output folder say nothing then. */
  readonly assemblyFolder?: string | undefined;
  /** @default - the name that the app gives the stack unless told otherwise */
  readonly stackName?: string;
};

const isSettings = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lay the context given over the one in `cdk.json`. */
export const layContext = (base: Settings, over: Settings): Settings => {
  const merged: Settings = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isSettings(below) && isSettings(value) ? { ...below, ...value } : value;
  }
  return merged;
};

/** What a line of the CDK's output says to somebody who waits, in few words; `undefined` where it says nothing new. */
export const progressOf = (line: string): string | undefined => {
  const [, synthesisSeconds] = /Synthesis time: ([\d.]+)s/.exec(line) ?? [];
  if (synthesisSeconds) return `synthesized in ${synthesisSeconds} s`;
  const [, asset] = /: success: Published (.+?)(?: \(|$)/.exec(line) ?? [];
  if (asset) return `uploaded ${asset}`;
  // `TenantBackup |  3/28 | 10:00:00 AM | CREATE_COMPLETE | AWS::S3::Bucket | Vault (Vault3A5F)`
  const [, count, , status, type, name] = line.split('|').map((column) => column.trim());
  if (!count || !status?.endsWith('_COMPLETE') || !type || type === 'AWS::CloudFormation::Stack')
    return undefined;
  return `${status.split('_')[0]?.toLowerCase()}d ${type} ${(name ?? '').replace(/ \(.*$/, '')}`;
};

/** What of the CDK's output says why it failed: the lines of failed resources and of errors, otherwise the last ones. */
export const essentialError = (output: string): string => {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('at '));
  const telling = lines.filter((line) => /_FAILED|❌|\b[A-Z_]+: |\w*(Error|Exception)\b/.test(line));
  return [...new Set(telling.length > 0 ? telling : lines)].slice(0, 8).join('\n').slice(0, 4_000);
};

/**
 * The folder that the CDK runs in: its `cdk.json` is the app's, with the context laid over, so that context can be any
 * JSON, the app's folder stays as it is, and runs at the same time do not meet.
 */
const makeRunFolder = async (runFolder: string, appFolder: string, context: Settings): Promise<void> => {
  const settings: Settings = JSON.parse(await readFile(join(appFolder, 'cdk.json'), 'utf8'));
  const base = isSettings(settings['context']) ? settings['context'] : {};
  const app = `cd "${appFolder}" && ${settings['app']}`;
  await writeFile(
    join(runFolder, 'cdk.json'),
    JSON.stringify({ ...settings, app, context: layContext(base, context) }, null, 2),
  );
};

/** Nothing is sent to the internet: no notices, telemetry, version check; nor through a proxy that the machine has. */
const cdkEnvironment = (
  base: NodeJS.ProcessEnv,
  runFolder: string,
  homeFolder: string,
): NodeJS.ProcessEnv => {
  const environment: NodeJS.ProcessEnv = {
    ...base,
    PATH: [join(PROJECT_FOLDER, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter),
    CDK_HOME: homeFolder,
    TMPDIR: runFolder,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CDK_DISABLE_VERSION_CHECK: 'true',
    NODE_NO_WARNINGS: '1',
  };
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']) {
    delete environment[name];
    delete environment[name.toLowerCase()];
  }
  return environment;
};

const isBootstrapped = async (localAws: LocalAws): Promise<boolean> => {
  const client = new CloudFormationClient(clientSettings(localAws));
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: BOOTSTRAP_STACK }));
    return Stacks?.[0]?.StackStatus?.endsWith('_COMPLETE') ?? false;
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return false;
    throw new LocalAwsError(`the local AWS at ${localAws.endpoint} does not answer: ${String(error)}`, {
      cause: error,
    });
  } finally {
    client.destroy();
  }
};

interface CdkRun {
  readonly environment: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly onLine?: Report;
}

/** Runs the CDK's command.
 * @param what says it to people
 * @throws LocalAwsError with what the CDK says about the failure */
const runCdk = async (what: string, cdkArguments: readonly string[], run: CdkRun): Promise<void> => {
  const { exitCode, output: said } = await runProgram(
    process.execPath,
    [
      join(PROJECT_FOLDER, 'node_modules/aws-cdk/bin/cdk'),
      ...cdkArguments,
      '--no-notices',
      '--no-version-reporting',
      '--no-color',
    ],
    run,
  );
  if (exitCode !== 0) throw new LocalAwsError(`${what} failed:\n${essentialError(said)}`);
};

/**
 * Synthesizes the app into a folder, which `deployStack` takes as often as needed.
 * @throws LocalAwsError with what the CDK says about the failure
 */
export const synthesize = async (
  outputFolder: string,
  { context = {}, appFolder = PROJECT_FOLDER }: SynthesisOptions = {},
): Promise<void> => {
  const temporary = temporaryFolder(join(tmpdir(), 'tenant-backup-synthesis-'));
  const homeFolder = join(temporary.path, 'home');
  try {
    await mkdir(homeFolder);
    await makeRunFolder(temporary.path, resolve(appFolder), context);
    await runCdk('the synthesis', ['synth', '--quiet', '--output', resolve(outputFolder)], {
      environment: cdkEnvironment(process.env, temporary.path, homeFolder),
      folder: temporary.path,
    });
  } finally {
    await temporary.remove();
  }
};

/** Prepares the local AWS for the CDK, unless that is done.
 * @throws LocalAwsError with what the CDK says about the failure */
export const bootstrap = async (localAws: LocalAws, report: Report = () => {}): Promise<void> => {
  if (await isBootstrapped(localAws)) return;
  report('bootstrapping the local AWS');
  // A folder without `cdk.json`, as bootstrapping needs no app.
  const temporary = temporaryFolder(join(tmpdir(), 'tenant-backup-bootstrap-'));
  const folder = temporary.path;
  try {
    await runCdk('bootstrapping the local AWS', ['bootstrap', `aws://unknown-account/${localAws.region}`], {
      environment: cdkEnvironment(childEnvironment(localAws), folder, folder),
      folder,
    });
  } finally {
    await temporary.remove();
  }
};

/**
 * Deploy the app with the CDK, as it would be deployed to AWS: bootstrap where needed, synthesize, upload, deploy.
 * @returns the stack's outputs by name
 * @throws LocalAwsError with what the CDK says about the failure
 * @see https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd-deploy.html
 */
export const deployStack = async ({
  localAws,
  context = {},
  report = () => {},
  outputFolder,
  appFolder = PROJECT_FOLDER,
  stackName = STACK_NAME,
  assemblyFolder,
}: DeployOptions): Promise<Record<string, string>> => {
  const temporary = temporaryFolder(join(tmpdir(), 'tenant-backup-deploy-'));
  const runFolder = temporary.path;
  const output = outputFolder ? resolve(outputFolder) : join(runFolder, 'cdk.out');
  const outputsFile = join(runFolder, 'outputs.json');
  const homeFolder = join(runFolder, 'home');
  const environment = cdkEnvironment(childEnvironment(localAws), runFolder, homeFolder);

  try {
    await mkdir(homeFolder);
    await mkdir(output, { recursive: true });
    if (assemblyFolder === undefined) await makeRunFolder(runFolder, resolve(appFolder), context);
    await bootstrap(localAws, report);
    report(`deploying ${stackName}`);
    const from = assemblyFolder === undefined ? ['--output', output] : ['--app', resolve(assemblyFolder)];
    await runCdk(
      `deploying ${stackName}`,
      [
        ...['deploy', stackName, ...from, '--outputs-file', outputsFile],
        ...['--require-approval', 'never', '--method', 'direct', '--progress', 'events', '--ci'],
      ],
      {
        environment,
        folder: runFolder,
        onLine: (line) => {
          const progress = progressOf(line);
          if (progress !== undefined) report(progress);
        },
      },
    );
    const outputs: Record<string, Record<string, string>> = JSON.parse(await readFile(outputsFile, 'utf8'));
    return outputs[stackName] ?? {};
  } finally {
    await temporary.remove();
  }
};
