import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { vaultKey } from '../../../../functions/vault/format/layout.ts';
import { openDeployment } from '../../aws/deployment.client.ts';
import { openEnrolments } from '../../aws/open-enrolments.client.ts';
import { requireSchedule } from '../../aws/schedules.client.ts';
import { globalOptions, note, print, yellow } from '../../ui/output.ts';
import { readSecret } from '../../ui/secret-input.ts';
import { type ChosenParts, leftOutText, nameParts, peopleText } from './default-parts.ts';
import {
  type EnrolmentOptions,
  needsSecret,
  readClientSecret,
  readFields,
  requireFileAlone,
  withEnrolmentOptions,
} from './enrolment-options.ts';
import { parseGiven } from './parse-given.ts';
import { markNotStored, requirePassed, testEnrolment } from './test-enrolment.ts';

interface AddOptions extends EnrolmentOptions {
  readonly allTenants?: boolean;
  readonly schedule: string;
  readonly test: boolean;
}

/** `tenants add`: tests a tenant and enrols it. */
export function registerTenantsAdd(tenants: Command): void {
  withEnrolmentOptions(
    tenants
      .command('add')
      .description('test a tenant and enrol it; its schedule backs it up from then on')
      .argument('<name>', 'name of the tenant here: lower-case letters, digits and hyphens'),
  )
    .option('--all-tenants', 'the issuer is the root tenant: back up all tenants there')
    .option('--schedule <name>', 'deployed schedule that backs it up', 'nightly')
    .option('--no-test', 'store it without testing token, scopes and exports')
    .action(async (name: string, options: AddOptions, command: Command) => {
      // Validates the name before any question or request.
      vaultKey('daily', name);
      const { schedule } = options;
      const given = await enrolmentText(options);
      const enrolment = markNotStored(() => parseGiven(given, name));
      const deployment = openDeployment(globalOptions(command).stack);
      await requireSchedule(schedule, deployment);
      const enrolments = await openEnrolments(deployment);
      const checks = options.test ? await testEnrolment(name, enrolment, enrolments, command) : [];
      const { text, chosen, failed } = nameParts(given, name, checks);
      requirePassed(name, failed, command);
      await enrolments.add(name, text, schedule);
      print(command, { tenant: name, schedule, chosen: chosen.map(chosenOf) }, [
        `enrolled ${name}, backed up by schedule ${schedule}`,
        ...leftOutText(chosen).map(yellow),
      ]);
      const [first] = chosen;
      if (first !== undefined) note(command, peopleText(first));
    });
}

const chosenOf = ({ tenant, parts, leftOut }: ChosenParts) => ({
  tenant,
  parts,
  leftOut: leftOut.map(({ part, code, message }) => ({ part, code, message })),
});

/** Returns the enrolment as JSON, from --file or from the other options. */
async function enrolmentText({ file, schedule: _, test: _t, ...options }: AddOptions): Promise<string> {
  if (file !== undefined) {
    requireFileAlone(options);
    return readSecret('enrolment', file);
  }
  const { allTenants, ...named } = options;
  for (const [flag, value] of Object.entries({ issuer: named.issuer, 'client-id': named.clientId })) {
    if (value === undefined) {
      throw new TenantBackupError('INVALID_REQUEST', `--${flag} or --file must be given`);
    }
  }
  const asks = named.clientSecretFile === undefined && needsSecret(named.authentication);
  return JSON.stringify({
    ...(await readFields(named)),
    ...(asks && { clientSecret: await readClientSecret(undefined) }),
    ...(allTenants && { scope: 'all-tenants' }),
  });
}
