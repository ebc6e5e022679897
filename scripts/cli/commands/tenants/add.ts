import type { Command } from 'commander';
import { isTenantBackupError, TenantBackupError } from '../../../../functions/errors.ts';
import {
  type Enrolments,
  parseNewEnrolment,
} from '../../../../functions/tenant/enrolment/enrolment.client.ts';
import type { Enrolment } from '../../../../functions/tenant/enrolment/enrolment.ts';
import {
  AUTHENTICATION_METHODS,
  TENANT_PARTS,
} from '../../../../functions/tenant/enrolment/enrolment-schema.ts';
import { isShared, type SharedEnrolment } from '../../../../functions/tenant/enrolment/shared-enrolment.ts';
import { vaultKey } from '../../../../functions/vault/format/layout.ts';
import { checkTenant } from '../../aws/check-tenant.client.ts';
import { openDeployment } from '../../aws/deployment.client.ts';
import { openEnrolments } from '../../aws/open-enrolments.client.ts';
import { requireSchedule } from '../../aws/schedules.client.ts';
import { readText } from '../../ui/files.ts';
import { globalOptions, note, print } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';
import { readSecret } from '../../ui/secret-input.ts';

interface AddOptions {
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
  readonly allTenants?: boolean;
  readonly schedule: string;
  readonly test: boolean;
}

/** `tenants add`: tests a tenant and enrols it. */
export function registerTenantsAdd(tenants: Command): void {
  tenants
    .command('add')
    .description('test a tenant and enrol it; its schedule backs it up from then on')
    .argument('<name>', 'name of the tenant here: lower-case letters, digits and hyphens')
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
    .option('--all-tenants', 'the issuer is the root tenant: back up all tenants there')
    .option('--schedule <name>', 'deployed schedule that backs it up', 'nightly')
    .option('--no-test', 'store it without testing token, scopes and export')
    .action(async (name: string, options: AddOptions, command: Command) => {
      // Validates the name before any question or request.
      vaultKey('daily', name);
      const { schedule } = options;
      const text = await enrolmentText(options);
      const enrolment = markNotStored(() => parseNewEnrolment(text, name));
      const deployment = openDeployment(globalOptions(command).stack);
      await requireSchedule(schedule, deployment);
      const enrolments = await openEnrolments(deployment);
      if (options.test) await requireTestPassed(name, enrolment, enrolments, command);
      await enrolments.add(name, text, schedule);
      print(command, { tenant: name, schedule }, `enrolled ${name}, backed up by schedule ${schedule}`);
    });
}

/** Marks an error as one that stored nothing, so that the hint names no stored enrolment. */
function markNotStored<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!isTenantBackupError(error)) throw error;
    throw new TenantBackupError(
      error.code,
      error.message,
      { ...error.facts, stored: false },
      { cause: error },
    );
  }
}

/** Tests an enrolment before it is stored.
 * @throws the code of the first failed check */
async function requireTestPassed(
  name: string,
  enrolment: Enrolment | SharedEnrolment,
  enrolments: Enrolments,
  command: Command,
): Promise<void> {
  const get = async () => {
    if (!isShared(enrolment)) return enrolment;
    throw new TenantBackupError('INVALID_REQUEST', `enrolment "${name}" is shared by several tenants`);
  };
  const checks = await withProgress(command, `testing ${name}`, () =>
    checkTenant(name, { ...enrolments, resolve: async () => enrolment, get }, { withExport: true }),
  );
  const failed = checks.filter(({ ok }) => !ok);
  const [first] = failed;
  if (first === undefined) return;
  note(
    command,
    failed.map(({ check, code, message }) => `${check}: ${code === null ? '' : `${code}: `}${message}`),
  );
  throw new TenantBackupError(
    first.code ?? 'INVALID_ENROLMENT',
    `the test of "${name}" failed: ${first.check}: ${first.message}; nothing was stored`,
    { tenant: name, checks: checks.length, failed: failed.length, stored: false },
  );
}

const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];

/** Returns the enrolment as JSON, from --file or from the other options. */
async function enrolmentText({ file, schedule: _, test: _t, ...options }: AddOptions): Promise<string> {
  if (file === undefined) return JSON.stringify(await enrolmentOf(options));
  const [other] = Object.keys(options);
  if (other !== undefined) {
    const flag = other.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `--${flag} must not be given beside --file: put it in the file`,
    );
  }
  return readSecret('enrolment', file);
}

async function enrolmentOf(options: Omit<AddOptions, 'file' | 'schedule' | 'test'>): Promise<object> {
  const { issuer, clientId, authentication, keyId, vanity, tenantId, parts, workspace } = options;
  for (const [flag, value] of Object.entries({ issuer, 'client-id': clientId })) {
    if (value === undefined) {
      throw new TenantBackupError('INVALID_REQUEST', `--${flag} or --file must be given`);
    }
  }
  const { privateKeyFile, certificateFile, caFile } = options;
  const enrolment = {
    issuer,
    clientId,
    authentication,
    clientSecret: hasSecret(options)
      ? requirePrintable(await readSecret('client secret', options.clientSecretFile))
      : undefined,
    privateKey: privateKeyFile && (await readSecret('private key', privateKeyFile)),
    keyId,
    certificate: certificateFile && (await readText(certificateFile)),
    ca: caFile && (await readText(caFile)),
    vanity,
    tenantId,
    parts: parts?.split(','),
    workspaces: workspace,
    scope: options.allTenants ? 'all-tenants' : undefined,
  };
  return enrolment;
}

/** Refuses characters that no client secret has, such as a line break or an invisible character.
 * @see https://www.rfc-editor.org/rfc/rfc6749#appendix-A.2 */
function requirePrintable(secret: string): string {
  if (/^[\x20-\x7e]+$/.test(secret)) return secret;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    'client secret must be one line of printable ASCII characters; nothing was stored',
  );
}

/** Returns whether the method needs a client secret. `parseNewEnrolment` refuses unknown methods. */
const hasSecret = ({ authentication, clientSecretFile }: Omit<AddOptions, 'schedule' | 'test'>): boolean =>
  clientSecretFile !== undefined ||
  authentication === undefined ||
  authentication.startsWith('client_secret');
