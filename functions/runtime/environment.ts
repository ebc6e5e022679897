import { TenantBackupError } from '../errors.ts';
import { type EscrowPublicKey, readEscrowPublicKey } from '../escrow-key.ts';
import { parseInput } from '../parse.ts';
import { readSigningKeys, type SigningKey } from '../signing-key.ts';
import { isLoopback } from '../tenant/enrolment/enrolment.ts';
import { type LedgerKeys, ledgerKeysSchema } from '../vault/storage/ledger-writers.ts';
import { ENROLMENT_PREFIX, EnvironmentName } from './names.ts';

type Name = keyof typeof EnvironmentName;

/** Reads the variables that a function needs, all at once, so that one error reports every missing variable.
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

/** Reads the escrow key of the deployment.
 * @returns undefined if the deployment has none
 * @throws INVALID_ENVIRONMENT for an invalid key, as a backup must not omit a configured recipient */
export function readEscrowKey(environment: NodeJS.ProcessEnv = process.env): EscrowPublicKey | undefined {
  const variable = EnvironmentName.escrowPublicKey;
  const pem = environment[variable];
  if (!pem) return undefined;
  const key = readEscrowPublicKey(pem);
  if ('problem' in key) throw new TenantBackupError('INVALID_ENVIRONMENT', `${variable} ${key.problem}`);
  return key;
}

/** Reads the trusted signing keys besides the deployment's own.
 * @throws INVALID_ENVIRONMENT */
export function readTrustedSigningKeys(environment: NodeJS.ProcessEnv = process.env): SigningKey[] {
  const variable = EnvironmentName.trustedSigningKeys;
  const keys = readSigningKeys(environment[variable] || '[]');
  if ('problem' in keys) throw new TenantBackupError('INVALID_ENVIRONMENT', `${variable} ${keys.problem}`);
  return keys;
}

/** Reads the keys that sign records of the ledger.
 * @throws INVALID_ENVIRONMENT */
export function readLedgerKeys(environment: NodeJS.ProcessEnv = process.env): LedgerKeys {
  const variable = EnvironmentName.ledgerKeys;
  return parseInput(
    ledgerKeysSchema,
    parsed(variable, environment[variable] || '{}'),
    variable,
    'INVALID_ENVIRONMENT',
  );
}

/** Returns the prefix of the enrolment secrets' names. */
export const readEnrolmentPrefix = (environment: NodeJS.ProcessEnv = process.env): string =>
  environment[EnvironmentName.enrolmentPrefix] || ENROLMENT_PREFIX;

/** Tells whether AWS is on this machine, as in the demonstration and in tests. Only the deployment's owner can set the variable.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
export const isLocalAws = (environment: NodeJS.ProcessEnv = process.env): boolean =>
  isLoopback(URL.parse(environment['AWS_ENDPOINT_URL'] ?? '')?.hostname ?? '');

/** Reads the queue URLs of the deployment's additional lanes, by lane name.
 * @throws INVALID_ENVIRONMENT */
export function readLaneQueueUrls(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const variable = EnvironmentName.laneQueueUrls;
  return parsed(variable, environment[variable] || '{}') as Record<string, string>;
}

function parsed(variable: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TenantBackupError('INVALID_ENVIRONMENT', `${variable} must be a JSON object`, {}, { cause });
  }
}

/** Parses a whole number from a variable that the stack sets.
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
