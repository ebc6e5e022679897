import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import {
  AUTHENTICATION_METHODS,
  TENANT_PARTS,
} from '../../../../functions/tenant/enrolment/enrolment-schema.ts';
import { readText } from '../../ui/files.ts';
import { readSecret } from '../../ui/secret-input.ts';

/** The options that say what an enrolment holds. */
export interface EnrolmentOptions {
  readonly file?: string;
  readonly issuer?: string;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  readonly authentication?: string;
  readonly privateKeyFile?: string;
  readonly keyId?: string;
  readonly certificateFile?: string;
  readonly caFile?: string;
  readonly vanity?: string;
  readonly tenantId?: string;
  readonly parts?: string;
  readonly workspace?: readonly string[];
  readonly keyRotation?: boolean;
}

/** Adds the options of an enrolment's fields. */
export const withEnrolmentOptions = (command: Command): Command =>
  command
    .option('--file <file>', 'the whole enrolment as JSON, - for standard input (docs/ENROLMENT.md)')
    .option('--issuer <url>', 'issuer URL of the system workspace: https://<host>/<tenant id>/system')
    .option('--client-id <id>', 'client of the system workspace with the scope manage_configuration')
    .option('--client-secret-file <file>', 'file with the client secret, - for standard input (default: ask)')
    .option('--authentication <method>', AUTHENTICATION_METHODS.join(', '))
    .option('--private-key-file <file>', "file with the client's private key in PEM or as JWK")
    .option('--key-id <id>', 'id of the private key, if the client has several')
    .option('--certificate-file <file>', "file with the client's certificate in PEM")
    .option('--ca-file <file>', 'file with the CA certificates to trust, in PEM')
    .option('--vanity <kind>', 'the issuer is on a vanity domain of the tenant or of a server')
    .option('--tenant-id <id>', "SecureAuth's id of the tenant, on a vanity domain")
    .option('--parts <list>', `parts to back up, of ${TENANT_PARTS.join(',')}`)
    .option('--workspace <id>', 'back up only this workspace (may be repeated)', collect)
    .option('--key-rotation', 'also back up schedules of key rotation: needs the scope manage_servers')
    .option('--no-key-rotation', 'leave them out');

const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];

/** Refuses options of single fields beside `--file`.
 * @param options the options of fields that were given */
export function requireFileAlone(options: object): void {
  const [other] = Object.keys(options);
  if (other === undefined) return;
  const flag = other.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `--${flag} must not be given beside --file: put it in the file`,
  );
}

/** Reads the fields that the options name; the others are absent. */
export async function readFields(options: Omit<EnrolmentOptions, 'file'>): Promise<object> {
  const { issuer, clientId, authentication, keyId, vanity, tenantId, parts, workspace } = options;
  const { clientSecretFile, privateKeyFile, certificateFile, caFile, keyRotation } = options;
  const fields = {
    issuer,
    clientId,
    authentication,
    clientSecret: clientSecretFile && (await readClientSecret(clientSecretFile)),
    privateKey: privateKeyFile && (await readSecret('private key', privateKeyFile)),
    keyId,
    certificate: certificateFile && (await readText(certificateFile)),
    ca: caFile && (await readText(caFile)),
    vanity,
    tenantId,
    parts: parts?.split(','),
    workspaces: workspace,
    keyRotation,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Reads a client secret. It refuses characters that none has, such as a line break or an invisible character.
 * @param file path, `-`, or undefined to ask
 * @see https://www.rfc-editor.org/rfc/rfc6749#appendix-A.2 */
export async function readClientSecret(file: string | undefined): Promise<string> {
  const secret = await readSecret('client secret', file);
  if (/^[\x20-\x7e]+$/.test(secret)) return secret;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    'client secret must be one line of printable ASCII characters; nothing was stored',
  );
}

/** Returns whether a method of authentication needs a client secret. `parseNewEnrolment` refuses unknown methods. */
export const needsSecret = (authentication: string | undefined): boolean =>
  authentication === undefined || authentication.startsWith('client_secret');
