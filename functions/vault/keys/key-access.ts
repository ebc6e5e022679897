/** Finds principals that may use a key in addition to the account's IAM policies: by the key's policy, or by grants. */
import * as z from 'zod';

/** A principal that the key itself admits. */
export interface AddedPrincipal {
  /** As the policy or the grant names it: an ARN, an account, a service, `*` for everyone, `all but …`. */
  readonly principal: string;
  /** Id of the grant; null for the key's policy. */
  readonly grantId: string | null;
}

/** A grant of a key, as KMS lists it. */
export interface KeyGrant {
  readonly grantId: string;
  readonly principal: string;
}

const texts = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const principals = z
  .union([z.string().transform((all) => ({ all: [all] })), z.record(z.string(), texts)])
  .transform((byKind) => Object.values(byKind).flat());

const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Principal: principals.optional(),
  NotPrincipal: principals.optional(),
});

const policySchema = z.object({
  Statement: z
    .union([statementSchema, z.array(statementSchema)])
    .transform((statements) => [statements].flat()),
});

/** Lists all principals that a key admits besides its own account. A statement for the account leaves the decision to
 * IAM policies of the account; every other statement adds to them.
 * @param keyArn the key's own ARN
 * @param policy JSON of the key's policy
 * @returns each principal once; null for an invalid policy
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-root-enable-iam */
export function addedPrincipals(
  keyArn: string,
  policy: string,
  grants: readonly KeyGrant[],
): AddedPrincipal[] | null {
  const parsed = policySchema.safeParse(parsedOrNull(policy));
  if (!parsed.success) return null;
  const [, partition, , , account = ''] = keyArn.split(':');
  const own = [account, `arn:${partition}:iam::${account}:root`];
  const named = parsed.data.Statement.filter(({ Effect }) => Effect === 'Allow').flatMap(
    ({ Principal = [], NotPrincipal = [] }) => [
      ...Principal.filter((principal) => !own.includes(principal)),
      ...(NotPrincipal.length > 0 ? [`all but ${NotPrincipal.join(', ')}`] : []),
    ],
  );
  return [
    ...[...new Set(named)].sort().map((principal) => ({ principal, grantId: null })),
    ...grants.map(({ grantId, principal }) => ({ principal, grantId })),
  ];
}

/** Describes a principal and how it was admitted. */
export const describePrincipal = ({ principal, grantId }: AddedPrincipal): string =>
  `${principal}, by ${grantId === null ? "the key's policy" : `grant ${grantId}`}`;

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
