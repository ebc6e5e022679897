import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Records why a construct departs from a cdk-nag rule. The check then passes for it and for all it contains.
 * @param rule for example `AwsSolutions-S1`
 * @param reason the only record of the decision
 * @see https://github.com/cdklabs/cdk-nag#acknowledging-a-rule
 */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: rule, reason });
}

/** Records the same for a rule that the packs for NIST 800-53 and PCI DSS share.
 * @param rule without the name of the pack, for example `LambdaInsideVPC` */
export function acknowledgeControl(construct: IConstruct, rule: string, reason: string): void {
  for (const pack of ['NIST.800.53.R5', 'PCI.DSS.321']) acknowledge(construct, `${pack}-${rule}`, reason);
}

/**
 * Records why a policy has one wildcard in its resources. A new wildcard needs a reason of its own.
 * @param role the construct that holds the policy
 * @param resource the ARN of the policy statement, tokens included
 */
export function acknowledgeWildcard(role: IConstruct, resource: string, reason: string): void {
  acknowledge(role, `AwsSolutions-IAM5[Resource::${findingText(Stack.of(role).resolve(resource))}]`, reason);
}

/** Formats a resolved CloudFormation value as cdk-nag does in a finding. */
function findingText(value: unknown): string {
  if (typeof value === 'string') return value;
  const intrinsic = value as {
    readonly Ref?: string;
    readonly 'Fn::GetAtt'?: readonly [string, string];
    readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
  };
  if (intrinsic.Ref !== undefined) return `<${intrinsic.Ref}>`;
  if (intrinsic['Fn::GetAtt'] !== undefined) return `<${intrinsic['Fn::GetAtt'].join('.')}>`;
  if (intrinsic['Fn::Join'] !== undefined) {
    const [delimiter, items] = intrinsic['Fn::Join'];
    return items.map(findingText).join(delimiter);
  }
  return JSON.stringify(value);
}
