import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { KEY_PURPOSES, type OperatorPolicy } from '../functions/runtime/names.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import { APPLICATION_TAG } from './application-tag.ts';
import type { Settings } from './settings.ts';
import type { VerbFunctions } from './verb-function.ts';

export interface OperatorPoliciesProps {
  /** Name of the deployment. */
  readonly name: string;
  /** Beginning of the names of the enrolments' secrets. */
  readonly enrolmentPrefix: string;
  readonly vault: Bucket;
  readonly ledger: Bucket;
  /** Their public halves verify backups and records. */
  readonly signingKeyArns: readonly string[];
  /** Requests, calls of schedules, and dead letters. */
  readonly queues: readonly IQueue[];
  /** By verb. */
  readonly functions: VerbFunctions;
  /** What a restore needs of the session that asks for it. */
  readonly settings: RestoreSettings;
}

/** Condition on the tag of a resource, which the policies here cannot add to a key. */
const OWN_TAG = { StringEquals: { [`aws:ResourceTag/${APPLICATION_TAG.key}`]: APPLICATION_TAG.value } };

type RestoreSettings = Pick<Settings, 'restoreNeedsMfa' | 'restorePrincipalTag'>;

/** Returns the conditions under which an operator may restore; all must hold. Sessions of IAM Identity Center and SAML never
 * have the key of multi-factor authentication, but have the tags that the identity provider gives them.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
 * @see https://docs.aws.amazon.com/singlesignon/latest/userguide/attributesforaccesscontrol.html */
export const restoreConditions = ({
  restoreNeedsMfa,
  restorePrincipalTag: tag,
}: RestoreSettings): Record<string, Record<string, string>> => ({
  ...(restoreNeedsMfa && { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
  ...(tag && { StringEquals: { [`aws:PrincipalTag/${tag.key}`]: tag.value } }),
});

/**
 * Managed policies for the roles or permission sets of operators. Everyone needs the viewer's; the others add to it. None
 * of them opens a backup, reads an enrolment, or deletes a backup: they invoke the functions, which can.
 */
export class OperatorPolicies extends Construct {
  /** By name, as in the output with their ARNs. */
  readonly policies: Readonly<Record<OperatorPolicy, ManagedPolicy>>;
  private readonly props: OperatorPoliciesProps;

  constructor(scope: Construct, id: string, props: OperatorPoliciesProps) {
    super(scope, id);
    this.props = props;
    const { dispatch, plan, audit, drill, restore } = props.functions;
    this.policies = {
      viewer: this.policy('Viewer', 'See the backups, settings and operations of tenant backup', [
        ...this.seeStorage(),
        ...this.seeDeployment(),
      ]),
      operator: this.policy('Operator', 'Back up and audit tenants now, and plan restores', [
        {
          actions: ['lambda:InvokeFunction'],
          resources: [dispatch, plan, audit, ...(drill ? [drill] : [])].map(
            ({ lambda }) => lambda.functionArn,
          ),
        },
      ]),
      restorer: this.policy('Restorer', 'Restore tenants', [
        {
          actions: ['lambda:InvokeFunction'],
          resources: [restore.lambda.functionArn],
          conditions: restoreConditions(props.settings),
        },
        // A restore shows its plan before it asks.
        { actions: ['lambda:InvokeFunction'], resources: [plan.lambda.functionArn] },
      ]),
      tenantAdministrator: this.policy(
        'TenantAdministrator',
        'Enrol, change, pause and remove tenants, without reading secrets',
        [
          {
            actions: [
              'secretsmanager:CreateSecret',
              'secretsmanager:PutSecretValue',
              'secretsmanager:UpdateSecretVersionStage',
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
    const policy = new ManagedPolicy(this, id, {
      description,
      // No name: IAM knows no regions, and a second region may have a deployment of the same name.
      path: `/${APPLICATION_TAG.value}/${this.props.name}/`,
      statements: statements.map((statement) => new PolicyStatement(statement)),
    });
    for (const resource of new Set(statements.flatMap(({ resources = [] }) => resources))) {
      if (!resource.includes('*')) continue;
      acknowledgeWildcard(
        policy,
        resource,
        'Archives, entries, enrolments, keys and policies have names that only operators know; prefixes and conditions limit them.',
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
    const { name, queues, functions } = this.props;
    return [
      {
        actions: ['cloudformation:DescribeStacks'],
        resources: [this.arn('cloudformation', 'stack', `${stack.stackName}/*`)],
      },
      { actions: ['sqs:GetQueueAttributes'], resources: queues.map(({ queueArn }) => queueArn) },
      { actions: ['lambda:InvokeFunction'], resources: [functions.status.lambda.functionArn] },
      // None of these takes a resource; they answer names and states.
      {
        actions: ['secretsmanager:ListSecrets', 'kms:ListAliases', 'scheduler:ListSchedules'],
        resources: ['*'],
      },
      { actions: ['secretsmanager:DescribeSecret'], resources: [this.enrolments()] },
      ...this.seeKeys(),
      // Verifies who made a backup or a record, and makes none.
      { actions: ['kms:GetPublicKey'], resources: [...this.props.signingKeyArns] },
      {
        // Answers which of these policies a principal has.
        actions: ['iam:ListEntitiesForPolicy'],
        resources: [
          stack.formatArn({
            service: 'iam',
            region: '',
            resource: 'policy',
            resourceName: `${APPLICATION_TAG.value}/${name}/*`,
          }),
        ],
      },
    ];
  }

  /** Reads states, policies and grants of keys: those with an alias of the deployment, and those with its tag, as a key that is
   * to be added, or has lost its alias, has no alias. */
  private seeKeys(): PolicyStatementProps[] {
    const statement = {
      actions: [
        'kms:DescribeKey',
        'kms:GetKeyPolicy',
        'kms:ListGrants',
        'kms:GetKeyRotationStatus',
        'kms:ListKeyRotations',
      ],
      resources: [this.arn('kms', 'key', '*')],
    };
    const aliases = [`alias/${this.props.name}/*`];
    return [
      { ...statement, conditions: { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': aliases } } },
      { ...statement, conditions: OWN_TAG },
    ];
  }

  /** Decides which keys are backup keys, and neither uses nor disables them. The maker of a key writes its policy, and no
   * condition of IAM examines that. So this policy makes no key, and names only keys with the tag of the deployment, which
   * it cannot add. Otherwise its holder could have the next backups sealed under a key of their own.
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/tag-authorization.html */
  private administerKeys(): PolicyStatementProps[] {
    const { name } = this.props;
    const key = this.arn('kms', 'key', '*');
    const aliases = KEY_PURPOSES.flatMap((purpose) => [
      this.arn('kms', 'alias', `${name}/${purpose}`),
      this.arn('kms', 'alias', `${name}/${purpose}/*`),
    ]);
    // KMS checks these on the alias and on the keys that it names.
    const naming = ['kms:CreateAlias', 'kms:UpdateAlias'];
    return [
      { actions: naming, resources: aliases },
      {
        actions: [...naming, 'kms:RotateKeyOnDemand'],
        resources: [key],
        conditions: OWN_TAG,
      },
    ];
  }

  private enrolments(): string {
    return Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${this.props.enrolmentPrefix}*`,
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
