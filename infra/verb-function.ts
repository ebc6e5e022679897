import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { refuseTooLargeEnvironment } from './environment-size.ts';
import type { FunctionSettings, Settings } from './settings.ts';

/** The clone, or the folder of compiled files in the package. */
const ROOT = join(import.meta.dirname, '..');

/** Name of the module that the CDK bundles, which lies in the package as well. */
const BUNDLE = 'index.mjs';

/** What lies beside it: licences of what it holds, and where its lines come from. */
const BESIDE = [`${BUNDLE}.map`, 'THIRD-PARTY.txt'];

/** One minified ES module with everything that the entry imports. `npm run bench -- bundle` says how large each is. */
const BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  mainFields: ['module', 'main'],
  target: 'node24',
  // What was tested is what runs, whatever SDK the runtime brings.
  bundleAwsSDK: true,
  minify: true,
  // Logs and stack traces show the names of classes and functions, and libraries compare them (`BatchProcessor`).
  keepNames: true,
  // Stack traces name our files and lines; the sources themselves are in the repository.
  sourceMap: true,
  sourcesContent: false,
  logLevel: LogLevel.ERROR,
  // The Encryption SDK depends on CommonJS libraries, which call `require` for Node's own modules.
  // `third-party.ts` reads it.
  metafile: true,
  commandHooks: {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (_inputFolder, folder) => [
      `"${process.execPath}" "${join(ROOT, 'scripts', 'third-party.ts')}" "${folder}"`,
    ],
  },
  banner: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
};

export interface VerbFunctionProps {
  /** The verb, which is also the folder and the name of its entry: `functions/<verb>/<verb>.lambda.ts`. */
  readonly verb: string;
  /** Shown in the console. */
  readonly description: string;
  /** Name of the deployment, and how long logs are kept. */
  readonly settings: Pick<Settings, 'name' | 'logRetentionDays'>;
  /** Memory and timeout. */
  readonly size: FunctionSettings;
  /** Environment variables, by the names that the function reads. */
  readonly environment: Readonly<Record<string, string>>;
  /** What happens to the log when the function leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/**
 * One verb as a Lambda function, with a role and a log group of its own. The role begins with nothing but the
 * right to write that log. The construct of each verb asks the owners of the resources for the other grants.
 */
export class VerbFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: VerbFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.settings.logRetentionDays,
      removalPolicy: props.removalPolicy,
    });
    this.role = new Role(this, 'Role', {
      description: `What the ${props.verb} function of tenant backup may do`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    // In place of AWSLambdaBasicExecutionRole, which may write every log of the account.
    Grant.addToPrincipal({
      grantee: this.role,
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resourceArns: [logGroup.logGroupArn],
    });
    const environment = { ...props.environment, NODE_OPTIONS: '--enable-source-maps' };
    refuseTooLargeEnvironment(this, props.verb, environment);
    const folder = join(ROOT, 'functions', props.verb);
    const common = {
      functionName: `${props.settings.name}-${props.verb}`,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.size.memoryMegabytes,
      timeout: Duration.seconds(props.size.timeoutSeconds),
      environment,
      role: this.role,
      logGroup,
    };
    // The package holds each function bundled; the clone holds sources alone.
    this.lambda = existsSync(join(folder, BUNDLE))
      ? new LambdaFunction(this, 'Function', {
          ...common,
          handler: 'index.handler',
          code: Code.fromAsset(folder, { exclude: ['*', ...[BUNDLE, ...BESIDE].map((file) => `!${file}`)] }),
        })
      : new NodejsFunction(this, 'Function', {
          ...common,
          entry: join(folder, `${props.verb}.lambda.ts`),
          projectRoot: ROOT,
          depsLockFilePath: join(ROOT, 'package-lock.json'),
          bundling: BUNDLING,
        });
  }
}

/** The functions of a deployment, by verb. */
export type VerbFunctions = Readonly<
  Record<'dispatch' | 'backup' | 'plan' | 'restore' | 'status' | 'audit', VerbFunction>
> & {
  /** @default - no drills */
  readonly drill?: VerbFunction;
};
