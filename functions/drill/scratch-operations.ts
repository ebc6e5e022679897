/** The two operations on the scratch tenant: emptying it, then restoring the backup into it. */
import { dumpBesideHub } from '../config/transform/dump-beside-hub.ts';
import type { DesiredTree, Operation } from '../restore/source/restore-plan.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import type { DrillSource } from './drill-source.ts';

/** Deletes everything except the workspaces that every tenant has: a restore would only compare what exists already. */
export const emptyingOf = (
  scratch: Enrolment,
  operationId: string,
  { reference }: Pick<DrillSource, 'reference'>,
): Operation =>
  operationOn(scratch, { kind: 'emptied' }, nothingBeside(scratch), {
    operationId,
    operation: 'patch',
    request: { tenant: scratch.name, emptiedForDrillOf: reference.tenant },
    backup: null,
  });

/** The system without anything that a drill may have left there, whatever the next backup holds. */
const nothingBeside = ({ parts, tenantId, keyRotation }: Enrolment): DrillSource['beside'] =>
  parts.includes('system')
    ? { ...dumpBesideHub({}, undefined, tenantId, [], keyRotation === true), secretPointers: [] }
    : null;

/** Makes the scratch tenant equal to the backup, and deletes everything else. */
export function restoringOf(scratch: Enrolment, operationId: string, source: DrillSource): Operation {
  const { reference, tree, secretPointers, leaveOut, warnings, transform, beside } = source;
  return operationOn(scratch, { kind: 'backup', tree, secretPointers, leaveOut, warnings }, beside, {
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
  });
}

function operationOn(
  enrolment: Enrolment,
  desired: DesiredTree,
  beside: DrillSource['beside'],
  recorded: Pick<Operation, 'operationId' | 'operation' | 'request' | 'backup'>,
): Operation {
  const options = {
    mode: 'update',
    credentials: 'restore',
    ownClientId: enrolment.clientId,
    added: null,
    // A scratch tenant needs no limit for deletions.
    prune: 'all',
  } as const;
  return {
    ...recorded,
    tenant: enrolment.name,
    enrolment,
    mode: 'update',
    // Leave a mismatch in the scratch tenant, where people can look at it.
    onFailure: 'leave',
    requestedBy: 'drill',
    targets: [
      { ...options, part: 'hub', desired, send: 'everything' },
      ...(beside === null ? [] : [{ ...options, ...beside, part: 'system' as const }]),
    ],
    otherParts: [],
    plan: null,
  };
}
