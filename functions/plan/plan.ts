import { planChanges } from '../config/change/change-set.ts';
import type { Json } from '../config/json/json-value.ts';
import { ownClientObjects } from '../config/model/own-objects.ts';
import { shapeOf } from '../config/model/shape.ts';
import type { Warning } from '../config/model/warning.ts';
import { isEverything, type Selection } from '../config/select/selection.ts';
import { transformTree } from '../config/transform/transform.ts';
import { parseTransform, type Transform } from '../config/transform/transform-schema.ts';
import { isTenantBackupError, TenantBackupError } from '../errors.ts';
import type { Clients } from '../runtime/clients.ts';
import { SOFTWARE_VERSION } from '../runtime/version.ts';
import { liveDigest } from './freshness.ts';
import { type Plan, type PlanDocument, planDocumentOf } from './plan-document.ts';
import { isOfSystem, type PlanRequest, partSealed, refuseForSystem, type StateChoice } from './request.ts';
import {
  areAcrossReleases,
  backupState,
  fingerprinted,
  isNewer,
  type LiveState,
  liveState,
  type State,
  type StateTools,
} from './state.ts';
import { planSystem } from './system-plan.ts';

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
 * @throws the errors of `backupState` and of `liveState` */
export async function makePlan(request: PlanRequest, tools: PlanTools): Promise<PlanDocument> {
  if (isOfSystem(request)) return ofSystem(request, tools);
  return ofHub(request, tools).catch((error: unknown) => ofSystem(withoutHub(request, error), tools));
}

async function ofHub(request: PlanRequest, tools: PlanTools): Promise<PlanDocument> {
  const { mode, credentials, prune, transform } = request;
  const { desired, actual } = await statesOf(request, 'hub', tools);
  const live = 'exported' in actual ? actual : undefined;
  // Fingerprints of two keys always differ.
  const credentialsCompared = desired.fingerprintKey === actual.fingerprintKey;
  const treeOf = (state: State) => (credentialsCompared ? fingerprinted(state) : state.config);
  const wanted = transformed(treeOf(desired), desired, actual, transform);
  const changeSet = planChanges(wanted.tree, treeOf(actual), {
    mode,
    selection: request.selection as Selection,
    credentials,
    prune,
    ownClientId: live?.clientId,
    leaveOut: live && ownClientObjects(live.exported, live.clientId, shapeOf(live.exported)),
    acrossReleases: areAcrossReleases(desired, actual),
    desiredIsNewer: isNewer(desired, actual),
    secretPointers: [...wanted.secretPointers, ...Object.keys(actual.fingerprints)],
  });
  return planDocumentOf(
    {
      ...changeSet,
      warnings: [...mismatchesOf({ desired, actual }), ...wanted.warnings, ...changeSet.warnings],
    },
    {
      ...headOf(request, { desired, actual }, tools),
      part: 'hub',
      credentialsCompared,
      digest:
        live === undefined
          ? null
          : liveDigest(live, changeSet, await tools.fingerprintKeys.derive(live.reference.tenant)),
    },
  );
}

async function ofSystem(request: PlanRequest, tools: PlanTools): Promise<PlanDocument> {
  const states = await statesOf(request, 'system', tools);
  const key = await tools.fingerprintKeys.derive(states.actual.reference.tenant);
  const document = planSystem(request, states, headOf(request, states, tools), key);
  return { ...document, warnings: [...mismatchesOf(states), ...document.warnings] } as PlanDocument;
}

interface States {
  readonly desired: State;
  readonly actual: State;
}

const mismatchesOf = ({ desired, actual }: States): Warning[] =>
  [desired, actual]
    .flatMap(({ mismatch, incomplete }) => [mismatch, incomplete])
    .filter((warning) => warning != null);

function headOf(
  { tenant, selection, mode, credentials, prune, transform }: PlanRequest,
  { desired, actual }: States,
  tools: PlanTools,
) {
  return {
    tenant,
    createdAt: tools.now().toISOString(),
    softwareVersion: SOFTWARE_VERSION,
    desired: desired.reference,
    actual: actual.reference,
    options: { selection, mode, credentials: credentials ?? null, prune, transform: transform ?? null },
  };
}

/** Returns the request for the part system, if the backup has no hub and the request names no part.
 * @throws the given error in every other case; PART_SEALED if the backup holds only people's data */
function withoutHub(request: PlanRequest, error: unknown): PlanRequest {
  if (!isTenantBackupError(error) || error.code !== 'PART_ABSENT' || request.parts !== undefined) throw error;
  if (error.facts['isIncomplete'] === true) throw error;
  const held = error.facts['held'] as readonly string[] | undefined;
  if (!held?.includes('system')) throw partSealed();
  if (!isEverything(request.selection as Selection)) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      'a selection needs parts ["system"]: the backup has no hub',
    );
  }
  const whole: PlanRequest = { ...request, parts: ['system'], selection: NOTHING_SAID };
  refuseForSystem(whole);
  return whole;
}

/** Selects everything in dumps. */
const NOTHING_SAID: { include: []; exclude: []; dependencies: 'report' } = {
  include: [],
  exclude: [],
  dependencies: 'report',
};

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

/** Reads both states. A live state gets fingerprints of the same key as the state that it is compared with. */
async function statesOf(
  request: PlanRequest,
  part: 'hub' | 'system',
  tools: PlanTools,
): Promise<{ desired: State; actual: State | LiveState }> {
  const { tenant, versionId, asOf, tier } = request;
  const choices = [
    request.desired ?? { versionId, asOf, tier },
    request.actual ?? { live: true as const },
  ].map((choice: StateChoice) => ({ ...choice, tenant: choice.tenant ?? tenant }));
  const keyTenant = choices.find(({ live }) => live === undefined)?.tenant ?? tenant;
  const correlationId = tools.randomUuid();
  const states: State[] = [];
  // Read one after the other, to have only one export in memory at a time.
  for (const choice of choices) {
    states.push(
      choice.live
        ? await liveState(part, choice.tenant, keyTenant, correlationId, tools)
        : await backupState(choice, tools, part),
    );
  }
  const [desired, actual] = states as [State, State];
  return { desired, actual };
}
