import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EnvironmentName, LEDGER_WRITERS, type LedgerWriter } from '../functions/runtime/names.ts';

export interface LedgerKeysProps {
  /** Name of the deployment, with which the names of the aliases begin. */
  readonly name: string;
  /** The scratch tenant, whose operations drills record. @default - no drills */
  readonly scratch?: string | undefined;
  /** What happens to the keys when they leave the stack, or are replaced. */
  readonly removalPolicy: RemovalPolicy;
}

/** The keys that sign records of the ledger, one for each role that does. With one key for all, each role could sign for the
 * others: KMS does not see what a signature is for. */
export class LedgerKeys extends Construct {
  private readonly byWriter: Readonly<Record<LedgerWriter, Key>>;
  private readonly scratch: string | undefined;

  constructor(scope: Construct, id: string, { name, scratch, removalPolicy }: LedgerKeysProps) {
    super(scope, id);
    this.scratch = scratch;
    this.byWriter = Object.fromEntries(
      LEDGER_WRITERS.map((writer) => [
        writer,
        new Key(this, writer, {
          description: `Signs what the ${writer} function of tenant backup writes to the ledger`,
          alias: `${name}/ledger-${writer}`,
          keySpec: KeySpec.ECC_NIST_P256,
          keyUsage: KeyUsage.SIGN_VERIFY,
          pendingWindow: Duration.days(30),
          removalPolicy,
        }),
      ]),
    ) as Record<LedgerWriter, Key>;
  }

  get keyArns(): string[] {
    return Object.values(this.byWriter).map(({ keyArn }) => keyArn);
  }

  /** Returns the JSON of keys. Their ids alone, as an environment is small. */
  json(writers: readonly LedgerWriter[] = LEDGER_WRITERS): string {
    const keys = Object.fromEntries(writers.map((writer) => [writer, this.byWriter[writer].keyId]));
    return Stack.of(this).toJsonString({
      keys,
      ...(this.scratch !== undefined && { scratch: this.scratch }),
    });
  }

  /** Returns the variables of a function.
   * @param writers whose records it reads or writes
   * @param self the role that it signs as, where two may sign the same @default - the usual writer */
  environment(writers: readonly LedgerWriter[], self?: LedgerWriter): Record<string, string> {
    return {
      [EnvironmentName.ledgerKeys]: this.json(writers),
      ...(self !== undefined && { [EnvironmentName.ledgerWriter]: self }),
    };
  }

  /** Allows signing as one role. */
  grantSign(grantee: IGrantable, writer: LedgerWriter): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['kms:Sign'],
      resourceArns: [this.byWriter[writer].keyArn],
    });
  }

  /** Allows reading the public halves, which verify and sign nothing. */
  grantVerify(grantee: IGrantable, writers: readonly LedgerWriter[]): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['kms:GetPublicKey'],
      resourceArns: writers.map((writer) => this.byWriter[writer].keyArn),
    });
  }
}
