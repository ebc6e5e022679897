import { planChanges } from '../config/change-set.ts';
import type { Json } from '../config/json-value.ts';
import { parseTransform, type Transform, transformTree } from '../config/transform.ts';
import type { Clients } from '../runtime/clients.ts';
import { SOFTWARE_VERSION } from '../runtime/version.ts';
import { liveDigest } from './freshness.ts';
import { type PlanDocument, planDocumentOf } from './plan-document.ts';
import type { PlanRequest, StateChoice } from './request.ts';
import {
  backupState,
  fingerprinted,
  type LiveState,
  liveState,
  type State,
  type StateTools,
} from './state.ts';

export type PlanTools = StateTools & Pick<Clients, 'ledger' | 'randomUuid'>;

/** Say what it would take to make a tenant what one of its backups, or another tenant, is; or what two backups differ in.
 * Writes the plan to the ledger, and nothing anywhere else.
 * @throws INVALID_REQUEST if one state is a tenant's and the other a workspace's, or the selection means nothing
 * @throws the errors of `backupState`, of `liveState` and of the ledger */
export async function plan(request: PlanRequest, tools: PlanTools): Promise<PlanDocument> {
  const { tenant, selection, mode, credentials, prune, transform } = request;
  const planId = tools.randomUuid();
  const { desired, actual } = await statesOf(request, planId, tools);
  const live = 'tree' in actual ? actual : undefined;
  // Fingerprints under two keys differ, whether or not the credentials do.
  const credentialsCompared = desired.fingerprintKey === actual.fingerprintKey;
  const treeOf = (state: State) => (credentialsCompared ? fingerprinted(state) : state.config);
  const wanted = transformed(treeOf(desired), desired, actual, transform);
  const changeSet = planChanges(wanted.tree, treeOf(actual), {
    mode,
    selection,
    credentials,
    prune,
    ownClientId: live?.clientId,
    leaveOut: live?.ownObjects,
    secretPointers: [...wanted.secretPointers, ...Object.keys(actual.fingerprints)],
  });
  const document = planDocumentOf(
    { ...changeSet, warnings: [...wanted.warnings, ...changeSet.warnings] },
    {
      planId,
      tenant,
      createdAt: tools.now().toISOString(),
      softwareVersion: SOFTWARE_VERSION,
      desired: desired.reference,
      actual: actual.reference,
      options: { selection, mode, credentials: credentials ?? null, prune, transform: transform ?? null },
      credentialsCompared,
      digest:
        live === undefined
          ? null
          : liveDigest(live, changeSet, await tools.fingerprintKeys.derive(live.reference.tenant)),
    },
  );
  await tools.ledger.write('plans', tenant, planId, document);
  return document;
}

/** What is restored of a state. Where it is another tenant's, nothing should mention that one. */
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

/** Both states. What is live is fingerprinted with the key of what it is compared with. */
async function statesOf(
  request: PlanRequest,
  planId: string,
  tools: PlanTools,
): Promise<{ desired: State | LiveState; actual: State | LiveState }> {
  const { tenant, versionId, asOf, tier } = request;
  const choices = [
    request.desired ?? { versionId, asOf, tier },
    request.actual ?? { live: true as const },
  ].map((choice: StateChoice) => ({ ...choice, tenant: choice.tenant ?? tenant }));
  const keyTenant = choices.find(({ live }) => live === undefined)?.tenant ?? tenant;
  const stateOf = (choice: StateChoice & { readonly tenant: string }) =>
    choice.live ? liveState(choice.tenant, keyTenant, planId, tools) : backupState(choice, tools);
  const [desired, actual] = await Promise.all(choices.map(stateOf));
  return { desired: desired as State, actual: actual as State };
}
