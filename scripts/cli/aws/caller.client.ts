import { ListEntitiesForPolicyCommand, ListGroupsForUserCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { awsError } from '../../../functions/aws-errors.ts';
import type { OperatorPolicy } from '../../../functions/runtime/names.ts';
import { type Finding, failed, ok } from './check-deployment.client.ts';
import type { Deployment } from './deployment.client.ts';

/** A caller, as IAM knows it. */
export type Principal =
  | { readonly kind: 'role' | 'user'; readonly name: string }
  | { readonly kind: 'root' | 'other'; readonly name: string };

/** Reads the principal from an ARN.
 * @param arn from sts:GetCallerIdentity
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
export function principalOf(arn: string): Principal {
  const resource = arn.split(':').slice(5).join(':');
  const [, role] = /^assumed-role\/([^/]+)\//.exec(resource) ?? [];
  if (role !== undefined) return { kind: 'role', name: role };
  const [, user] = /^user\/(?:.*\/)?([^/]+)$/.exec(resource) ?? [];
  if (user !== undefined) return { kind: 'user', name: user };
  return { kind: resource === 'root' ? 'root' : 'other', name: resource };
}

/** Reports who the caller is. */
export async function checkCaller({ sts }: Deployment): Promise<Finding[]> {
  return [ok('caller', 'identity', await arnOfCaller(sts))];
}

/** Reports which of the stack's operator policies the caller has. */
export async function checkPolicies(deployment: Deployment): Promise<Finding[]> {
  const principal = principalOf(await arnOfCaller(deployment.sts));
  if (principal.kind === 'root')
    return [failed('caller', 'policies', 'the caller is the root user, with all permissions', 'use a role')];
  const policies = JSON.parse(await deployment.output('operatorPolicies')) as Record<OperatorPolicy, string>;
  const groups = principal.kind === 'user' ? await groupsOf(principal.name, deployment) : new Set<string>();
  const held: string[] = [];
  for (const [name, arn] of Object.entries(policies)) {
    const {
      PolicyRoles = [],
      PolicyUsers = [],
      PolicyGroups = [],
    } = await deployment.iam
      .send(new ListEntitiesForPolicyCommand({ PolicyArn: arn }))
      .catch(awsError('iam:ListEntitiesForPolicy', { policy: name }));
    const has =
      (principal.kind === 'role' && PolicyRoles.some(({ RoleName }) => RoleName === principal.name)) ||
      (principal.kind === 'user' && PolicyUsers.some(({ UserName }) => UserName === principal.name)) ||
      PolicyGroups.some(({ GroupName = '' }) => groups.has(GroupName));
    if (has) held.push(name);
  }
  // None is ok: an administrator needs none of them.
  return [
    ok(
      'caller',
      'policies',
      held.length > 0 ? held.join(', ') : 'no operator policy of this stack; other policies may allow more',
    ),
  ];
}

/** Returns the ARN of the caller. */
export async function arnOfCaller(sts: Deployment['sts']): Promise<string> {
  const { Arn = 'unknown' } = await sts
    .send(new GetCallerIdentityCommand({}))
    .catch(awsError('sts:GetCallerIdentity', {}));
  return Arn;
}

/** Returns the names of a user's groups; none without permission to list them. */
const groupsOf = (user: string, { iam }: Deployment): Promise<Set<string>> =>
  iam.send(new ListGroupsForUserCommand({ UserName: user })).then(
    ({ Groups = [] }) => new Set(Groups.flatMap(({ GroupName }) => GroupName ?? [])),
    () => new Set(),
  );
