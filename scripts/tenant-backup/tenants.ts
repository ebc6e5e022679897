import type { Command } from 'commander';
import { createEnrolments } from '../../functions/tenant/enrolment.client.ts';
import { vaultKey } from '../../functions/vault/layout.ts';
import { openDeployment } from './deployment.ts';
import { globalOptions, print } from './output.ts';
import { readSecret } from './secret-input.ts';
import { registerTenantChanges } from './tenants-change.ts';
import { registerTenantsList } from './tenants-list.ts';
import { registerTenantsTest } from './tenants-test.ts';

interface AddOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecretFile?: string;
  readonly authentication?: string;
  readonly schedule: string;
}

/** `tenants …`: which tenants are backed up. */
export function registerTenants(program: Command): void {
  const tenants = program.command('tenants').description('which tenants are backed up');

  tenants
    .command('add')
    .description('enrol a tenant: from its next scheduled time on it is backed up')
    .argument('<name>', 'what to call it: lower-case letters, digits and hyphens')
    .requiredOption('--issuer <url>', 'issuer URL of its system workspace: https://<host>/<tenant id>/system')
    .requiredOption('--client-id <id>', 'client of the system workspace with the scope manage_configuration')
    .option(
      '--client-secret-file <file>',
      'file with the client secret, - for standard input; asked for otherwise',
    )
    .option('--authentication <method>', 'client_secret_basic or client_secret_post')
    .option('--schedule <name>', 'schedule that backs it up', 'nightly')
    .action(async (name: string, options: AddOptions, command: Command) => {
      // Judges the name as a key of the vault, before anything is asked or stored.
      vaultKey('daily', name);
      const clientSecret = await readSecret('client secret', options.clientSecretFile);
      const { issuer, clientId, authentication, schedule } = options;
      const enrolment = {
        issuer,
        clientId,
        clientSecret,
        ...(authentication === undefined ? {} : { authentication }),
      };
      const { secrets } = openDeployment(globalOptions(command).stack);
      await createEnrolments(secrets).add(name, JSON.stringify(enrolment), schedule);
      print(command, { tenant: name, schedule }, `enrolled ${name}, backed up by schedule ${schedule}`);
    });

  registerTenantsList(tenants);
  registerTenantsTest(tenants);
  registerTenantChanges(tenants);
}
