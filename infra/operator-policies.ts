import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENROLMENT_PREFIX, KEY_PURPOSES, type PeoplePolicy } from '../functions/runtime/names.ts';
import { acknowledgeWildcard } from './acknowledge.ts';

export interface PeopleProps {
  readonly vault: Bucket;
  readonly ledger: Bucket;
  readonly signingKey: IKey;
  /** Requests, and where those end up that failed. */
  readonly queues: readonly IQueue[];
  /** Functions that read and compare, but write to no tenant. */
  readonly readingFunctions: readonly IFunction[];
  readonly dispatch: IFunction;
  readonly plan: IFunction;
  readonly audit: IFunction;
  readonly restore: IFunction;
  /** Writes to the scratch tenant alone. @default - no drills */
  readonly drill?: IFunction | undefined;
  /** Whether a restore needs a session with multi-factor authentication. */
  readonly restoreNeedsMfa: boolean;
}

/** Tag that the stack puts on its keys, and the operator's command on those that it makes. */
const APPLICATION = 'tenant-backup';

/**
 * Policies for people, to be attached to their roles or permission sets. Whoever does anything has the viewer's as well;
 * the others hold only what comes on top. None of them opens a backup, reads an enrolment, or deletes anything: the
 * functions open what has to be opened, and they are asked by the right to invoke them.
 */
export class People extends Construct {
  /** By what they are called; the keys of their ARNs among the stack's outputs. */
  readonly policies: Readonly<Record<PeoplePolicy, ManagedPolicy>>;
  private readonly props: PeopleProps;

  constructor(scope: Construct, id: string, props: PeopleProps) {
    super(scope, id);
    this.props = props;
    this.policies = {
      viewer: this.policy('Viewer', 'See the backups, settings and operations of tenant backup', [
        ...this.seeStorage(),
        ...this.seeDeployment(),
      ]),
      operator: this.policy('Operator', 'Back up and audit tenants now, and plan restores', [
        {
          actions: ['lambda:InvokeFunction'],
          resources: [props.dispatch, props.plan, props.audit, ...(props.drill ? [props.drill] : [])].map(
            (each) => each.functionArn,
          ),
        },
      ]),
      restorer: this.policy('Restorer', 'Restore tenants', [
        {
          actions: ['lambda:InvokeFunction'],
          resources: [props.restore.functionArn],
          ...(props.restoreNeedsMfa && { conditions: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
        },
      ]),
      tenantAdministrator: this.policy(
        'TenantAdministrator',
        'Enrol, pause and remove tenants, without reading secrets',
        [
          {
            actions: [
              'secretsmanager:CreateSecret',
              'secretsmanager:PutSecretValue',
              'secretsmanager:TagResource',
              'secretsmanager:UntagResource',
              'secretsmanager:DeleteSecret',
              'secretsmanager:RestoreSecret',
            ],
            resources: [this.enrolments()],
          },
        ],
      ),
      keyAdministrator: this.policy(
        'KeyAdministrator',
        'Choose backup keys, without making or using them',
        this.administerKeys(),
      ),
    };
  }

  private policy(
    id: string,
    description: string,
    statements: readonly PolicyStatementProps[],
  ): ManagedPolicy {
    const stack = Stack.of(this).stackName;
    const policy = new ManagedPolicy(this, id, {
      description,
      // No name: IAM knows no regions, and a second region may have a stack of the same name.
      path: `/${APPLICATION}/${stack}/`,
      statements: statements.map((statement) => new PolicyStatement(statement)),
    });
    for (const resource of new Set(statements.flatMap(({ resources = [] }) => resources))) {
      if (!resource.includes('*')) continue;
      acknowledgeWildcard(
        policy,
        resource,
        'Archives, entries, enrolments, keys and policies are not known here; prefixes and conditions say which are meant.',
      );
    }
    return policy;
  }

  private seeStorage(): PolicyStatementProps[] {
    const { vault, ledger } = this.props;
    return [
      {
        actions: [
          's3:ListBucket',
          's3:ListBucketVersions',
          's3:GetBucketVersioning',
          's3:GetLifecycleConfiguration',
          's3:GetBucketObjectLockConfiguration',
          's3:GetBucketPublicAccessBlock',
          's3:GetBucketPolicy',
        ],
        resources: [vault.bucketArn],
      },
      {
        // What is in an archive stays sealed.
        actions: [
          's3:GetObject',
          's3:GetObjectVersion',
          's3:GetObjectVersionTagging',
          's3:GetObjectRetention',
          's3:GetObjectLegalHold',
        ],
        resources: [vault.arnForObjects('*')],
      },
      { actions: ['s3:ListBucket'], resources: [ledger.bucketArn] },
      { actions: ['s3:GetObject'], resources: [ledger.arnForObjects('*')] },
    ];
  }

  private seeDeployment(): PolicyStatementProps[] {
    const stack = Stack.of(this);
    const { queues, readingFunctions } = this.props;
    return [
      {
        actions: ['cloudformation:DescribeStacks'],
        resources: [this.arn('cloudformation', 'stack', `${stack.stackName}/*`)],
      },
      { actions: ['sqs:GetQueueAttributes'], resources: queues.map(({ queueArn }) => queueArn) },
      { actions: ['lambda:InvokeFunction'], resources: readingFunctions.map((each) => each.functionArn) },
      // None of these knows resources; they answer names and states.
      {
        actions: ['secretsmanager:ListSecrets', 'kms:ListAliases', 'scheduler:ListSchedules'],
        resources: ['*'],
      },
      { actions: ['secretsmanager:DescribeSecret'], resources: [this.enrolments()] },
      {
        actions: [
          'kms:DescribeKey',
          'kms:GetKeyPolicy',
          'kms:ListGrants',
          'kms:GetKeyRotationStatus',
          'kms:ListKeyRotations',
        ],
        resources: [this.arn('kms', 'key', '*')],
        conditions: { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': [`alias/${stack.stackName}/*`] } },
      },
      // Proves who made a backup, and can make none.
      { actions: ['kms:GetPublicKey'], resources: [this.props.signingKey.keyArn] },
      {
        // Which of these policies somebody has, themselves included.
        actions: ['iam:ListEntitiesForPolicy'],
        resources: [
          stack.formatArn({
            service: 'iam',
            region: '',
            resource: 'policy',
            resourceName: `${APPLICATION}/${stack.stackName}/*`,
          }),
        ],
      },
    ];
  }

  /** Which keys are backup keys; no use of them, nor of what makes them useless. A key has its policy from whoever makes it,
   * and no condition of IAM looks into that: so this makes no key, and names only keys with the tag of the deployment,
   * which it cannot give. Without that, its holder would have the next night sealed under a key of their own.
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/tag-authorization.html */
  private administerKeys(): PolicyStatementProps[] {
    const { stackName } = Stack.of(this);
    const key = this.arn('kms', 'key', '*');
    const aliases = KEY_PURPOSES.flatMap((purpose) => [
      this.arn('kms', 'alias', `${stackName}/${purpose}`),
      this.arn('kms', 'alias', `${stackName}/${purpose}/*`),
    ]);
    // KMS asks for these on the alias and on the keys that it names.
    const naming = ['kms:CreateAlias', 'kms:UpdateAlias'];
    return [
      { actions: naming, resources: aliases },
      {
        actions: [
          ...naming,
          'kms:RotateKeyOnDemand',
          'kms:EnableKeyRotation',
          // Of keys that have no alias yet.
          'kms:DescribeKey',
          'kms:GetKeyPolicy',
          'kms:ListGrants',
        ],
        resources: [key],
        conditions: { StringEquals: { 'aws:ResourceTag/application': APPLICATION } },
      },
    ];
  }

  private enrolments(): string {
    return Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${ENROLMENT_PREFIX}*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  private arn(service: string, resource: string, resourceName: string): string {
    return Stack.of(this).formatArn({
      service,
      resource,
      resourceName,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }
}
