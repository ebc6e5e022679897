/** Checks the references between the objects of a dump. The objects lie in different collections, so that it collects
 * all ids first. */

import { type JsonObject, member } from '../json/json.ts';
import { childPointer } from '../json/pointer.ts';
import { DUMP_COLLECTIONS } from '../model/collections.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import { findingsOf, type ReferenceFindings } from './reference-check.ts';
import { visitNames } from './reference-places.ts';
import { DUMP_REFERENCES, POINT_TARGETS, type Reference, type ReferenceRule } from './reference-table.ts';
import { BUILT_IN_WORKSPACES } from './reference-targets.ts';

export interface DumpReferenceCheck {
  /** @param dump of some collections */
  add(dump: JsonObject): void;
  end(): ReferenceFindings;
}

/** Creates a check.
 * @param whole whether the dump is of the whole tenant: then it must hold what its workspaces share */
export function createDumpReferenceCheck(whole: boolean): DumpReferenceCheck {
  const ids = new Set<string>();
  const references: WantedTarget[] = [];
  return {
    add(dump) {
      for (const object of dumpObjectsOf(dump)) {
        for (const id of idsOf(object)) ids.add(id);
        for (const found of referencesIn(object)) {
          if (whole || found.reference.scope === 'workspace') references.push(found);
        }
      }
    },
    end() {
      return findingsOf(
        references.filter(({ wanted }) => !ids.has(wanted)).map(({ reference }) => reference),
      );
    },
  };
}

/** Finds references to nothing among some objects of a whole dump.
 * @param further targets outside of the dump. @default - none */
export function danglingIn(
  dump: JsonObject,
  isAsked: (object: DumpObject) => boolean,
  further: Iterable<DumpObject> = [],
): Reference<string>[] {
  const objects = [...dumpObjectsOf(dump)];
  const ids = new Set([...objects, ...further].flatMap(idsOf));
  return objects
    .filter(isAsked)
    .flatMap(referencesIn)
    .filter(({ wanted }) => !ids.has(wanted))
    .map(({ reference }) => reference);
}

/** Returns an address that a reference may have: type, workspace (null for anywhere in the tenant) and id. */
const addressOf = (type: string, workspace: string | null, id: string): string =>
  JSON.stringify([type, workspace, id]);

function idsOf({ type, workspace, body }: DumpObject): string[] {
  const id = member(body, type === 'clients' ? 'client_id' : 'id');
  if (typeof id !== 'string' || id === '') return [];
  const name = type === 'scopes_without_service' ? 'scopes' : type;
  const own = workspace === undefined ? [] : [addressOf(name, workspace, id)];
  return [...own, addressOf(name, null, id)];
}

interface WantedTarget {
  readonly reference: Reference<string>;
  /** See `addressOf`. */
  readonly wanted: string;
}

/** Lists the references in the body of an object that an import needs. */
function referencesIn({ type, id, workspace, body, pointer }: DumpObject): WantedTarget[] {
  const found: WantedTarget[] = [];
  const home = type === 'servers' ? id : (workspace ?? null);
  const add = ({ target, scope, severity }: ReferenceRule<string>, name: string, keys: readonly string[]) => {
    // A system dump holds no pools: they are in the identity dump.
    const isNeeded = severity === 'error' && !(target === 'pools' && Object.hasOwn(DUMP_COLLECTIONS, type));
    if (!isNeeded || (target === 'servers' && BUILT_IN_WORKSPACES.has(name))) return;
    found.push({
      reference: {
        from: { type, id, ...(workspace === undefined ? {} : { workspace }) },
        pointer: keys.reduce<string>(childPointer, pointer),
        target: { type: target, id: name },
        scope,
        severity,
      },
      wanted: addressOf(target, scope === 'workspace' ? home : null, name),
    });
  };
  visitNames(DUMP_REFERENCES.get(type), body, add);
  if (type !== 'policy_execution_points') return found;
  const [point, bound] = [member(body, 'type'), member(body, 'target_fk')];
  for (const [prefix, rule] of POINT_TARGETS) {
    if (String(point).startsWith(prefix) && typeof bound === 'string' && bound !== '') {
      add(rule, bound, ['target_fk']);
    }
  }
  return found;
}
