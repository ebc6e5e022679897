import { planChanges } from '../config/change/change-set.ts';
import type { Cuts } from '../config/change/within-cuts.ts';
import type { Json } from '../config/json/json.ts';
import { ownClientObjects } from '../config/model/own-objects.ts';
import { shapeOf } from '../config/model/shape.ts';
import type { Warning } from '../config/model/warning.ts';
import type { Selection } from '../config/select/selection.ts';
import { transformTree } from '../config/transform/transform.ts';
import { parseTransform, type Transform } from '../config/transform/transform-schema.ts';
import { unmatchedInAll } from '../config/transform/transform-warnings.ts';
import type { Clients } from '../runtime/clients.ts';
import { SOFTWARE_VERSION } from '../runtime/version.ts';
import { documentsIn } from '../vault/format/documents.ts';
import { liveDigest } from './freshness.ts';
import {
  hubPlanOf,
  type PartPlan,
  type Plan,
  type PlanDocument,
  type PlanHead,
  type PlannedPart,
  planDocumentOf,
} from './plan-document.ts';
import { type ChosenStates, partsToPlan } from './planned-parts.ts';
import type { PlanRequest, StateChoice } from './request.ts';
import {
  areAcrossReleases,
  type ChosenState,
  chooseBackupState,
  chooseLiveState,
  fingerprinted,
  isNewer,
  type LiveState,
  type State,
  type StateTools,
} from './state.ts';
import { planSystem } from './system-plan.ts';
import { bothWithinLimits } from './within-limits.ts';

export type PlanTools = StateTools & Pick<Clients, 'randomUuid'>;

/** Plans how to make a tenant equal to a backup or to another tenant, or compares two backups. Writes the plan to the ledger, and
 * nothing else.
 * @throws the errors of `makePlan` and of the ledger */
export async function plan(request: PlanRequest, tools: PlanTools & Pick<Clients, 'ledger'>): Promise<Plan> {
  const document = await makePlan(request, tools);
  const planId = await tools.ledger.add('plans', request.tenant, document);
  return { ...document, planId };
}

/** Makes a plan, and writes nothing.
 * @throws INVALID_REQUEST if one state is a tenant and the other a workspace, or if the selection matches nothing
 * @throws PART_ABSENT if a state lacks the part, PART_SEALED if it has none that a plan can read
 * @throws the errors of choosing and of reading the states */
export async function makePlan(request: PlanRequest, tools: PlanTools): Promise<PlanDocument> {
  const chosen = await chooseStates(request, tools);
  const { asked: whole, parts } = partsToPlan(request, chosen);
  const { cuts, ...asked } = bothWithinLimits(whole, chosen);
  const planned: [PlannedPart, PartPlan][] = [];
  const heads: [PlanHead, Warning[]][] = [];
  for (const part of parts) {
    // Read one after the other, to have only one export in memory at a time.
    const desired = await chosen.desired.read(part);
    const states: States = { desired, actual: await chosen.actual.read(part) };
    planned.push([part, await planPart(part, asked, cuts, states, parts, tools)]);
    heads.push([headOf(asked, states, otherParts(chosen, parts), tools), mismatchesOf(states)]);
  }
  const [[head, warnings]] = heads as [[PlanHead, Warning[]]];
  const told = unmatchedInAll(planned.map(([, { warnings }]) => warnings as Warning[]));
  const withWarnings = planned.map(([part, each], index): [PlannedPart, PartPlan] => [
    part,
    { ...each, warnings: told[index] ?? [] } as PartPlan,
  ]);
  return planDocumentOf(head, withWarnings, warnings);
}

interface States {
  readonly desired: State;
  readonly actual: State | LiveState;
}

async function planPart(
  part: PlannedPart,
  request: PlanRequest,
  cuts: Cuts,
  states: States,
  parts: readonly PlannedPart[],
  tools: PlanTools,
): Promise<PartPlan> {
  const key = await tools.fingerprintKeys.derive(states.actual.reference.tenant);
  return part === 'hub'
    ? planHub(request, cuts, states, key)
    : planSystem(request, states, parts.includes('hub'), key);
}

function planHub(request: PlanRequest, cuts: Cuts, { desired, actual }: States, key: Uint8Array): PartPlan {
  const { mode, credentials, prune, transform } = request;
  const live = 'exported' in actual ? actual : undefined;
  // Fingerprints of two keys always differ.
  const credentialsCompared = desired.fingerprintKey === actual.fingerprintKey;
  const treeOf = (state: State) => (credentialsCompared ? fingerprinted(state) : state.config);
  const wanted = transformed(treeOf(desired), desired, actual, transform);
  const changeSet = planChanges(wanted.tree, treeOf(actual), {
    mode,
    selection: request.selection as Selection,
    ...cuts,
    credentials,
    prune,
    ownClientId: live?.clientId,
    leaveOut: live && ownClientObjects(live.exported, live.clientId, shapeOf(live.exported)),
    acrossReleases: areAcrossReleases(desired, actual),
    desiredIsNewer: isNewer(desired, actual),
    secretPointers: [...wanted.secretPointers, ...Object.keys(actual.fingerprints)],
  });
  return hubPlanOf(
    { ...changeSet, warnings: [...wanted.warnings, ...changeSet.warnings] },
    { credentialsCompared, digest: live === undefined ? null : liveDigest(live, changeSet, key) },
  );
}

const mismatchesOf = ({ desired, actual }: States): Warning[] =>
  [desired, actual]
    .flatMap(({ mismatch, extent }) => [mismatch, extent])
    .filter((warning) => warning != null);

/** Lists the parts that the desired backup holds, and that the plan leaves out. */
const otherParts = ({ desired }: ChosenStates, parts: readonly string[]): PlanHead['otherParts'] =>
  desired.manifest === null ? [] : documentsIn(desired.manifest).filter((part) => !parts.includes(part));

function headOf(
  { tenant, selection, mode, credentials, prune, transform }: PlanRequest,
  { desired, actual }: States,
  others: PlanHead['otherParts'],
  tools: PlanTools,
): PlanHead {
  return {
    tenant,
    createdAt: tools.now().toISOString(),
    softwareVersion: SOFTWARE_VERSION,
    otherParts: others,
    desired: desired.reference,
    actual: actual.reference,
    options: { selection, mode, credentials: credentials ?? null, prune, transform: transform ?? null },
  };
}

/** Returns the tree to restore. In the tree of another tenant, replaces the names of that tenant. */
function transformed(tree: Json, desired: State, actual: State, transform: Transform | undefined) {
  const secretPointers = Object.keys(desired.fingerprints);
  if (transform === undefined && desired.reference.tenant === actual.reference.tenant) {
    return { tree, secretPointers, warnings: [] };
  }
  const here = new Set(actual.names);
  return transformTree(tree, transform ?? parseTransform({}), {
    secretPointers,
    sourceNames: desired.names.filter((name) => !here.has(name)),
  });
}

/** Chooses both states. A live state gets fingerprints of the same key as the state that it is compared with. */
async function chooseStates(request: PlanRequest, tools: PlanTools): Promise<ChosenStates> {
  const { tenant, versionId, asOf, tier, allowOldBytes } = request;
  const choices = [
    request.desired ?? { versionId, asOf, tier },
    request.actual ?? { live: true as const },
  ].map((choice: StateChoice) => ({ ...choice, tenant: choice.tenant ?? tenant }));
  const keyTenant = choices.find(({ live }) => live === undefined)?.tenant ?? tenant;
  const correlationId = tools.randomUuid();
  const states: ChosenState[] = [];
  for (const choice of choices) {
    states.push(
      choice.live
        ? await chooseLiveState(choice.tenant, keyTenant, correlationId, tools)
        : await chooseBackupState({ ...choice, allowOldBytes }, tools),
    );
  }
  const [desired, actual] = states as [ChosenState, ChosenState];
  return { desired, actual };
}
