/** Plans of the part system: the changes that a restore would make through the system API. */

import { type DumpChange, type DumpChangeSet, planDumpChanges } from '../config/change/dump-change-set.ts';
import { orphanedClients, pruneDump } from '../config/change/dump-removal.ts';
import {
  type DumpSelection,
  dumpPlaceOf,
  isNamedByContent,
  placesOfClient,
  selectInDumps,
} from '../config/change/dump-selection.ts';
import { dumpWarnings } from '../config/change/dump-warnings.ts';
import type { JsonObject } from '../config/json/json.ts';
import { tenantOfDump } from '../config/model/dump-objects.ts';
import { dumpBesideHub } from '../config/transform/dump-beside-hub.ts';
import { transformDump } from '../config/transform/transform-dump.ts';
import { liveDumpDigest } from './freshness.ts';
import {
  type PartPlan,
  type PlanDocument,
  type PlannedChange,
  type PlannedProperty,
  shownProperty,
} from './plan-document.ts';
import type { PlanRequest } from './request.ts';
import { areAcrossReleases, fingerprinted, isNewer, type LiveState, type State } from './state.ts';

/** Compares two states of the part system.
 * @param isBesideHub whether the plan is also of the hub: then the system adds what the hub lacks
 * @param key fingerprint key of the tenant, for the digest */
export function planSystem(
  { selection, mode, credentials, transform }: PlanRequest,
  { desired, actual }: { readonly desired: State; readonly actual: State | LiveState },
  isBesideHub: boolean,
  key: Uint8Array,
): PartPlan {
  const live = 'exported' in actual ? actual : undefined;
  const credentialsCompared = desired.fingerprintKey === actual.fingerprintKey;
  const dumpOf = (state: State) => (credentialsCompared ? fingerprinted(state) : state.config) as JsonObject;
  const isOther = desired.reference.tenant !== actual.reference.tenant;
  const secretPointers = Object.keys(desired.fingerprints);
  const into = isOther ? tenantOfDump(dumpOf(actual)) : undefined;
  const wanted = isBesideHub
    ? dumpBesideHub(dumpOf(desired), transform, into, secretPointers, live?.hasKeyRotation ?? true)
    : {
        ...transformDump(dumpOf(desired), transform, {
          tenantId: actual.names[0],
          secretPointers,
          sourceNames: desired.names.filter((name) => !actual.names.includes(name)),
        }),
        isOwnType: undefined,
      };
  const dumps = [wanted.dump, dumpOf(actual)] as const;
  const planned = planDumpChanges(...dumps, {
    mode,
    isSelected: selectInDumps(dumps, selection as DumpSelection),
    isOwnType: wanted.isOwnType,
    credentials,
    ownClientId: live?.clientId,
    secretPointers,
    acrossReleases: areAcrossReleases(desired, actual),
    desiredIsNewer: isNewer(desired, actual),
  });
  const changeSet = pruneDump(planned, orphanedClients(planned, dumps[1]));
  const credentialsDiffering = changeSet.changes
    .filter(({ kind, properties }) => kind === 'updated' && properties.some(({ secret }) => secret))
    .map(dumpPlaceOf);
  return {
    credentialsCompared,
    digest: live === undefined ? null : liveDumpDigest(live, changeSet, key),
    isEmpty: changeSet.isEmpty,
    counts: changeSet.counts,
    countsByType: countsByType(changeSet),
    changes: changeSet.changes.filter(({ kind }) => kind !== 'unchanged').map(shownDumpChange),
    leftOut: [...(isBesideHub ? [] : placesOfClient(dumps, live?.clientId)), ...changeSet.kept],
    dependencies: { added: [], missing: [] },
    credentialsDiffering,
    needsCredentialChoice: credentials === undefined && credentialsDiffering.length > 0,
    generatedCredentials: [],
    problems: [...changeSet.problems],
    warnings: [...wanted.warnings, ...dumpWarnings(changeSet, { showsCredentials: credentialsCompared })].map(
      ({ pointers, ...warning }) => ({ ...warning, pointers: [...pointers] }),
    ),
  } as PartPlan;
}

function countsByType({ changes }: DumpChangeSet): PlanDocument['countsByType'] {
  const counts = new Map<string, Record<string, number>>();
  for (const { type, kind } of changes) {
    const ofType = counts.get(type) ?? {};
    counts.set(type, { ...ofType, [kind]: (ofType[kind] ?? 0) + 1 });
  }
  return Object.fromEntries(counts);
}

/** Returns what a plan shows of a change. Pointers name collection, workspace and id: positions in a dump are not stable. */
export function shownDumpChange(change: DumpChange): PlannedChange {
  const { type, id, workspace, kind, properties } = change;
  const pointer = dumpPlaceOf(change);
  return {
    type,
    id: isNamedByContent(change) ? '' : id,
    ...(workspace === undefined ? {} : { workspace }),
    pointer,
    kind,
    isDependency: false,
    properties: properties.map((property): PlannedProperty => {
      // Take the property's own pointer, which tells what is code.
      const told = shownProperty(property);
      return { ...told, pointer: pointer + insideOf(change.type, property.pointer) };
    }),
  };
}

/** Removes the object's pointer from that of a member. The object is an element, a list inside an element, or not in a list. */
function insideOf(type: string, pointer: string): string {
  const tokens = pointer.split('/').slice(1);
  const depth = tokens[0] !== type ? 4 : /^\d+$/.test(tokens[1] ?? '') ? 2 : 1;
  return tokens
    .slice(depth)
    .map((token) => `/${token}`)
    .join('');
}
