import { TenantBackupError } from '../errors.ts';
import { type EscrowPublicKey, readEscrowPublicKey } from '../escrow-key.ts';
import { readSigningKeys, type SigningKey } from '../signing-key.ts';
import { ENROLMENT_PREFIX, EnvironmentName } from './names.ts';

type Name = keyof typeof EnvironmentName;

/** Read the variables that a function needs, all at once, so that a wrong deployment is reported whole.
 * @throws INVALID_ENVIRONMENT naming every missing variable */
export function readEnvironment<const Names extends readonly Name[]>(
  names: Names,
  environment: NodeJS.ProcessEnv = process.env,
): { readonly [K in Names[number]]: string } {
  const missing = names.map((name) => EnvironmentName[name]).filter((variable) => !environment[variable]);
  if (missing.length > 0) {
    throw new TenantBackupError(
      'INVALID_ENVIRONMENT',
      `environment variables are missing: ${missing.join(', ')}`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, environment[EnvironmentName[name]]])) as {
    [K in Names[number]]: string;
  };
}

/** The escrow key that the stack sets, if the deployment has one.
 * @throws INVALID_ENVIRONMENT if it is no such key: better no backup than one without the recipient that was asked for */
export function readEscrowKey(environment: NodeJS.ProcessEnv = process.env): EscrowPublicKey | undefined {
  const variable = EnvironmentName.escrowPublicKey;
  const pem = environment[variable];
  if (!pem) return undefined;
  const key = readEscrowPublicKey(pem);
  if ('problem' in key) throw new TenantBackupError('INVALID_ENVIRONMENT', `${variable} ${key.problem}`);
  return key;
}

/** The keys besides the deployment's own that may have signed backups.
 * @throws INVALID_ENVIRONMENT */
export function readTrustedSigningKeys(environment: NodeJS.ProcessEnv = process.env): SigningKey[] {
  const variable = EnvironmentName.trustedSigningKeys;
  const keys = readSigningKeys(environment[variable] || '[]');
  if ('problem' in keys) throw new TenantBackupError('INVALID_ENVIRONMENT', `${variable} ${keys.problem}`);
  return keys;
}

/** Returns the beginning of the names of the enrolments' secrets. */
export const readEnrolmentPrefix = (environment: NodeJS.ProcessEnv = process.env): string =>
  environment[EnvironmentName.enrolmentPrefix] || ENROLMENT_PREFIX;

/** URLs of the queues of the deployment's further lanes, by name.
 * @throws INVALID_ENVIRONMENT */
export function readLaneQueueUrls(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const variable = EnvironmentName.laneQueueUrls;
  const text = environment[variable];
  if (!text) return {};
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch (cause) {
    throw new TenantBackupError('INVALID_ENVIRONMENT', `${variable} must be a JSON object`, {}, { cause });
  }
}

/** A whole number from a variable that the stack sets.
 * @throws INVALID_ENVIRONMENT */
export function wholeNumber(name: Name, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw new TenantBackupError(
      'INVALID_ENVIRONMENT',
      `${EnvironmentName[name]} must be a whole number, got "${text}"`,
    );
  }
  return value;
}
