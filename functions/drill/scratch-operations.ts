/** What is done to the scratch tenant: it is emptied, then the backup is restored into it. */
import type { DesiredTree, Operation } from '../restore/source/restore-plan.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import type { DrillSource } from './drill-source.ts';

/** Delete everything but the workspaces that every tenant has, so that nothing is there already when the backup is restored:
 * what is there would be compared, and not restored. */
export const emptyingOf = (
  scratch: Enrolment,
  operationId: string,
  { reference }: Pick<DrillSource, 'reference'>,
): Operation =>
  operationOn(
    scratch,
    { kind: 'emptied' },
    {
      operationId,
      operation: 'patch',
      request: { tenant: scratch.name, emptiedForDrillOf: reference.tenant },
      backup: null,
    },
  );

/** Make the scratch tenant what the backup holds, and delete whatever else is there. */
export function restoringOf(scratch: Enrolment, operationId: string, source: DrillSource): Operation {
  const { reference, tree, secretPointers, leaveOut, warnings, transform } = source;
  return operationOn(
    scratch,
    { kind: 'backup', tree, secretPointers, leaveOut, warnings },
    {
      operationId,
      operation: 'restore',
      request: {
        tenant: reference.tenant,
        into: scratch.name,
        versionId: reference.versionId,
        prune: true,
        transform,
      },
      backup: reference,
    },
  );
}

const operationOn = (
  enrolment: Enrolment,
  desired: DesiredTree,
  recorded: Pick<Operation, 'operationId' | 'operation' | 'request' | 'backup'>,
): Operation => ({
  ...recorded,
  tenant: enrolment.name,
  enrolment,
  mode: 'update',
  // What did not become as promised is there to be looked at.
  onFailure: 'leave',
  requestedBy: 'drill',
  targets: [
    {
      part: 'hub',
      desired,
      mode: 'update',
      send: 'everything',
      credentials: 'restore',
      ownClientId: enrolment.clientId,
      added: null,
      // Of a scratch tenant any number of objects may be deleted.
      prune: 'all',
    },
  ],
  plan: null,
});
