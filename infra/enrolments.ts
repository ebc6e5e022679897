import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ENROLMENT_PREFIX, EnvironmentName } from '../functions/runtime/names.ts';
import { acknowledgeWildcard } from './acknowledge.ts';

const READ = 'secretsmanager:GetSecretValue';

export interface EnrolmentsProps {
  /** Beginning of the names of the secrets. */
  readonly prefix: string;
}

/**
 * The enrolments: secrets that operators make, so that a new tenant needs no deployment. The stack knows only the prefix of
 * their names.
 */
export class Enrolments extends Construct {
  /** Beginning of the names of the secrets. */
  readonly prefix: string;

  constructor(scope: Construct, id: string, { prefix }: EnrolmentsProps) {
    super(scope, id);
    this.prefix = prefix;
  }

  /** Variables of a function that finds or reads enrolments. */
  get environment(): Record<string, string> {
    return this.prefix === ENROLMENT_PREFIX ? {} : { [EnvironmentName.enrolmentPrefix]: this.prefix };
  }

  /** Allows listing names and tags of secrets, and reading no value. */
  grantListNames(role: Role): void {
    Grant.addToPrincipal({ grantee: role, actions: ['secretsmanager:ListSecrets'], resourceArns: ['*'] });
    acknowledgeWildcard(
      role,
      '*',
      'secretsmanager:ListSecrets knows no resource; it answers names and tags, never values.',
    );
  }

  /** Allows finding an enrolment by its name, with its tags, and reading no value. */
  grantFind(role: Role): void {
    this.grantOn(
      role,
      'secretsmanager:DescribeSecret',
      `${this.prefix}*`,
      'Tenants are enrolled without deployment. DescribeSecret answers what ListSecrets does, which may lack a new one for minutes.',
    );
  }

  /** Allows reading one enrolment, and no other. */
  grantReadOne(role: Role, name: string): void {
    // Secrets Manager adds a hyphen and six characters; no other secret's ARN has that form.
    this.grantOn(
      role,
      READ,
      `${this.prefix}${name}-??????`,
      `The secret of ${name} is made without deployment, and Secrets Manager adds a random end to its ARN.`,
    );
  }

  /** Allows reading enrolments: the address of a tenant, and how to authenticate there. */
  grantRead(role: Role): void {
    this.grantOn(
      role,
      READ,
      `${this.prefix}*`,
      'Tenants are enrolled without deployment, and Secrets Manager adds a random end to the ARN of each secret.',
    );
  }

  private grantOn(role: Role, action: string, resourceName: string, reason: string): void {
    const secrets = Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    Grant.addToPrincipal({ grantee: role, actions: [action], resourceArns: [secrets] });
    acknowledgeWildcard(role, secrets, reason);
  }
}
