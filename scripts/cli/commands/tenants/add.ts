import type { Command } from 'commander';
import { isTenantBackupError, TenantBackupError } from '../../../../functions/errors.ts';
import {
  createEnrolments,
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
import { openDeployment } from '../../aws/deployment.ts';
import { requireSchedule } from '../../aws/schedules.client.ts';
import { readText } from '../../ui/files.ts';
import { globalOptions, print, remark } from '../../ui/output.ts';
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

export function registerTenantsAdd(tenants: Command): void {
  tenants
    .command('add')
    .description('test a tenant and enrol it: from its next scheduled time on it is backed up')
    .argument('<name>', 'what to call it: lower-case letters, digits and hyphens')
    .option('--file <file>', 'the whole enrolment as JSON, - for standard input (docs/ENROLMENT.md)')
    .option('--issuer <url>', 'issuer URL of its system workspace: https://<host>/<tenant id>/system')
    .option('--client-id <id>', 'client of the system workspace with the scope manage_configuration')
    .option(
      '--client-secret-file <file>',
      'file with the client secret, - for standard input; asked for otherwise',
    )
    .option('--authentication <method>', AUTHENTICATION_METHODS.join(', '))
    .option('--private-key-file <file>', "file with the client's private key in PEM or as JWK")
    .option('--key-id <id>', 'id of the private key, where the client has registered several')
    .option('--certificate-file <file>', "file with the client's certificate in PEM")
    .option('--ca-file <file>', 'file with the certificates of the authorities to trust, in PEM')
    .option('--vanity <kind>', 'whose vanity domain the issuer is on: tenant or server')
    .option('--tenant-id <id>', "SecureAuth's id of the tenant, on a vanity domain")
    .option('--parts <list>', `what to back up, of ${TENANT_PARTS.join(',')}`)
    .option('--workspace <id>', 'back up this workspace alone; may be repeated', collect)
    .option('--all-tenants', 'the issuer is that of the root tenant: back up all tenants there')
    .option('--schedule <name>', 'schedule that backs it up, one that is deployed', 'nightly')
    .option('--no-test', 'store it without trying token, scopes and an export first')
    .action(async (name: string, options: AddOptions, command: Command) => {
      // Judges the name as a key of the vault, before anything is asked or stored.
      vaultKey('daily', name);
      const { schedule } = options;
      const text = await enrolmentText(options);
      const enrolment = orNotStored(() => parseNewEnrolment(text, name));
      const deployment = openDeployment(globalOptions(command).stack);
      await requireSchedule(schedule, deployment);
      const enrolments = createEnrolments(deployment.secrets);
      if (options.test) await requireFine(name, enrolment, enrolments, command);
      await enrolments.add(name, text, schedule);
      print(command, { tenant: name, schedule }, `enrolled ${name}, backed up by schedule ${schedule}`);
    });
}

/** There is no enrolment that could be looked at, where the one that was given is wrong. */
function orNotStored<Result>(work: () => Result): Result {
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

/** Try what a backup and a restore need, before anything is stored.
 * @throws the code of the first check that failed */
async function requireFine(
  name: string,
  enrolment: Enrolment | SharedEnrolment,
  enrolments: Enrolments,
  command: Command,
): Promise<void> {
  const get = async () => {
    if (!isShared(enrolment)) return enrolment;
    throw new TenantBackupError('INVALID_REQUEST', `enrolment "${name}" is of many tenants`);
  };
  const checks = await withProgress(command, `testing ${name}`, () =>
    checkTenant(name, { ...enrolments, resolve: async () => enrolment, get }, { withExport: true }),
  );
  const wrong = checks.filter(({ fine }) => !fine);
  const [first] = wrong;
  if (first === undefined) return;
  remark(
    command,
    wrong.map(({ check, code, message }) => `${check}: ${code === null ? '' : `${code}: `}${message}`),
  );
  throw new TenantBackupError(
    first.code ?? 'INVALID_ENROLMENT',
    `the test of "${name}" failed: ${first.check}: ${first.message}; nothing was stored`,
    { tenant: name, checks: checks.length, wrong: wrong.length, stored: false },
  );
}

const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];

/** The enrolment as it will be stored, and judged before that. */
async function enrolmentText({ file, schedule: _, test: _t, ...options }: AddOptions): Promise<string> {
  if (file === undefined) return JSON.stringify(await enrolmentOf(options));
  const [other] = Object.keys(options);
  if (other !== undefined) {
    const flag = other.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new TenantBackupError('INVALID_REQUEST', `--${flag} must be in the file, where --file is given`);
  }
  return readSecret('enrolment', file);
}

async function enrolmentOf(options: Omit<AddOptions, 'file' | 'schedule' | 'test'>): Promise<object> {
  const { issuer, clientId, authentication, keyId, vanity, tenantId, parts, workspace } = options;
  for (const [flag, value] of Object.entries({ issuer, 'client-id': clientId })) {
    if (value === undefined) {
      throw new TenantBackupError(
        'INVALID_REQUEST',
        `--${flag} must be given, or the whole enrolment by --file`,
      );
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

/** Refuses what no client secret has, such as a line break in the middle or a character that nobody sees.
 * @see https://www.rfc-editor.org/rfc/rfc6749#appendix-A.2 */
function requirePrintable(secret: string): string {
  if (/^[\x20-\x7e]+$/.test(secret)) return secret;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    'client secret must be one line of printable ASCII characters; nothing was stored',
  );
}

/** Whether there is a secret to ask for: an unknown method is refused later, by whoever knows them. */
const hasSecret = ({ authentication, clientSecretFile }: Omit<AddOptions, 'schedule' | 'test'>): boolean =>
  clientSecretFile !== undefined ||
  authentication === undefined ||
  authentication.startsWith('client_secret');
