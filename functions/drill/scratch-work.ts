/** What is done to the scratch tenant: it is emptied, then the backup is restored into it. */
import { buildTree } from '../config/build-tree.ts';
import { type ChangeSet, planChanges } from '../config/change-set.ts';
import type { Json } from '../config/json-value.ts';
import { objectsOf } from '../config/objects.ts';
import { parsePointer } from '../config/pointer.ts';
import { BUILT_IN_WORKSPACES } from '../config/reference-targets.ts';
import { requirePossible } from '../config/require-possible.ts';
import { hubPart } from '../restore/hub-part.ts';
import { refuseUnlisted } from '../restore/judge-changes.ts';
import type { Work } from '../restore/work.ts';
import type { Enrolment } from '../tenant/enrolment.ts';
import type { Tenant } from '../tenant/tenant.client.ts';
import type { DrillSource } from './drill-source.ts';

/** The scratch tenant, and how it is reached. */
export interface Scratch {
  readonly enrolment: Enrolment;
  readonly apis: Tenant;
}

/** Delete everything but the workspaces that every tenant has, so that nothing is there already when the backup is restored:
 * what is there would be compared, and not restored. */
export const emptyingOf = (
  scratch: Scratch,
  operationId: string,
  { reference }: Pick<DrillSource, 'reference'>,
): Work =>
  workOn(scratch, {
    operationId,
    operation: 'patch',
    request: { tenant: scratch.enrolment.name, emptiedForDrillOf: reference.tenant },
    backup: null,
    plan: (live) => planChanges(emptied(live), live, optionsOf(scratch)),
    judge: () => {},
  });

/** Make the scratch tenant what the backup holds, and delete whatever else is there. */
export function restoringOf(scratch: Scratch, operationId: string, source: DrillSource): Work {
  const { reference, tree, secretPointers, warnings, transform } = source;
  return workOn(scratch, {
    operationId,
    operation: 'restore',
    request: {
      tenant: reference.tenant,
      into: scratch.enrolment.name,
      versionId: reference.versionId,
      prune: true,
      transform,
    },
    backup: reference,
    plan: (live) => {
      const changes = planChanges(tree, live, {
        ...optionsOf(scratch),
        secretPointers,
        acrossReleases: true,
      });
      return { ...changes, warnings: [...warnings, ...changes.warnings] };
    },
    judge: requirePossible,
  });
}

/** Of a scratch tenant any number of objects may be deleted. */
const optionsOf = ({ enrolment }: Scratch) =>
  ({ mode: 'update', credentials: 'restore', prune: true, ownClientId: enrolment.clientId }) as const;

type Doing = Pick<Work, 'operationId' | 'operation' | 'request' | 'backup'> & {
  plan(live: Json): ChangeSet;
  judge(changes: ChangeSet): void;
};

const workOn = ({ enrolment, apis }: Scratch, { plan, judge, ...doing }: Doing): Work => ({
  ...doing,
  tenant: enrolment.name,
  enrolment,
  apis,
  mode: 'update',
  // What did not become as promised is there to be looked at.
  onFailure: 'leave',
  requestedBy: 'drill',
  parts: [
    hubPart({
      hub: apis.hub,
      mode: 'update',
      send: 'everything',
      workspaces: enrolment.workspaces,
      plan,
      refuse: (changes) => refuseUnlisted(changes, enrolment.workspaces),
      judge,
    }),
  ],
});

/** A tree without all that can be deleted, as it is otherwise. What is in the workspaces that every tenant has stays: some of
 * it SecureAuth has made itself, and does not give up. */
export const emptied = (live: Json): Json =>
  buildTree(
    [...objectsOf(live)].filter(({ pointer }) => {
      const [section, workspace = ''] = parsePointer(pointer) ?? [];
      return section === undefined || (section === 'servers' && BUILT_IN_WORKSPACES.has(workspace));
    }),
  );
