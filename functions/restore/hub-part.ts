import { parseExport } from '../backup/export.ts';
import type { ChangeSet } from '../config/change-set.ts';
import { compareTrees } from '../config/compare.ts';
import type { Json } from '../config/json-value.ts';
import type { Hub } from '../tenant/hub.client.ts';
import type { ImportMode } from '../tenant/import-mode.ts';
import { apply, type Sending } from './apply.ts';
import type { PartPlan, PartWork, Undo } from './part.ts';
import { reportOfTree } from './part-report.ts';
import { planUndo } from './plan-undo.ts';
import { isProved, type Proof, prove, unproved } from './proof.ts';

export interface HubWork {
  readonly hub: Hub;
  readonly mode: ImportMode;
  readonly send: Sending;
  /** See `Writer`. */
  readonly workspaces: readonly string[] | undefined;
  /** Say what it takes, given the tree as it is now. Pure. */
  plan(live: Json): ChangeSet;
  /** See `PartPlan.refuse`. */
  refuse(changes: ChangeSet, live: Json): void;
  /** See `PartPlan.judge`. */
  judge(changes: ChangeSet): void;
}

/** The configuration as a tree. */
export const hubPart = (work: HubWork): PartWork => ({
  part: 'hub',
  look: async () => parseExport(await work.hub.exportTree({ withCredentials: true })),
  parse: parseExport,
  isSame: (one, other) => one === other || compareTrees(one, other).differences.length === 0,
  plan: (live) => planOf(work, work.plan(live), live),
});

function planOf(work: HubWork, changes: ChangeSet, live: Json): PartPlan {
  const { hub, mode, send, workspaces } = work;
  return {
    counts: changes.counts,
    creates: changes.changes.filter(({ kind }) => kind === 'created').map(({ pointer }) => pointer),
    promised: changes.promised,
    refuse: () => work.refuse(changes, live),
    judge: () => work.judge(changes),
    write: (writing) => apply(changes, live, { ...writing, hub, mode, send, workspaces }),
    prove: (after) => prove(changes, after),
    foresee: () => prove({ ...changes, releases: null }, live),
    unproved,
    undo: (now, before = live) => undoOf(work, planUndo(before, now, changes), now, prove(changes, now)),
    report: (proof) => reportOfTree(changes, proof),
  };
}

function undoOf({ hub, send, workspaces }: HubWork, undo: ChangeSet, now: Json, { lost }: Proof): Undo {
  const isBack = (state: Json) => isProved(prove(undo, state));
  return {
    isDone: undo.isEmpty && isBack(now),
    isBack,
    differing: (state) => prove(undo, state).differences.length,
    write: (writing) =>
      apply(undo, now, {
        ...writing,
        hub,
        mode: 'update',
        send: lost.length > 0 ? 'everything' : send,
        workspaces,
      }),
  };
}
