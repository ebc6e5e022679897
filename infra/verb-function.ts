import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { BUNDLE_NAME, bundledCode } from './bundle.ts';
import type { FunctionConfiguration } from './configuration.ts';

export interface VerbFunctionProps {
  /** The verb, which is also the folder and the name of its entry: `functions/<verb>/<verb>.lambda.ts`. */
  readonly verb: string;
  /** Shown in the console. */
  readonly description: string;
  /** Memory and timeout. */
  readonly configuration: FunctionConfiguration;
  /** Environment variables, by the names that the function reads. */
  readonly environment: Readonly<Record<string, string>>;
  /** How long its log is kept. */
  readonly logRetention: RetentionDays;
  /** What happens to the log when the function leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
  /** Folder of the entries. @default - the project's `functions` */
  readonly functionsDirectory?: string | undefined;
}

/**
 * One verb as a Lambda function, with a role and a log group of its own. The role begins with nothing but the
 * right to write that log; all else is granted by the construct that owns the resource.
 */
export class VerbFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: VerbFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention,
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
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName: `${Stack.of(this).stackName}-${props.verb}`,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: bundledCode(props.verb, props.functionsDirectory),
      handler: `${BUNDLE_NAME}.handler`,
      memorySize: props.configuration.memoryMegabytes,
      timeout: Duration.seconds(props.configuration.timeoutSeconds),
      environment: props.environment,
      role: this.role,
      logGroup,
    });
  }
}
