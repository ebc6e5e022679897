import type { Command } from 'commander';
import { vaultKey } from '../../../../functions/vault/format/layout.ts';
import { openDeployment } from '../../aws/deployment.client.ts';
import {
  createEnrolmentAdministration,
  type EnrolmentAdministration,
} from '../../aws/enrolment-administration.client.ts';
import { globalOptions } from '../../ui/output.ts';

/** Validates a tenant's name before any question or request, and connects to the enrolments.
 * @throws INVALID_REQUEST */
export async function openAdministration(name: string, command: Command): Promise<EnrolmentAdministration> {
  vaultKey('daily', name);
  const { secrets, output } = openDeployment(globalOptions(command).stack);
  return createEnrolmentAdministration(secrets, await output('enrolmentPrefix'));
}
