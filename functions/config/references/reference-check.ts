/** The references of a tenant's tree, checked workspace by workspace: what points out of its workspace is judged at the end, so
 * that the tree is never in memory as a whole. */
import { isObject, type Json, type JsonObject, member, setMember } from '../json/json.ts';
import { listObjects, type TreeObject } from '../model/objects.ts';
import type { Shape } from '../model/shape.ts';
import type { Reference } from './reference-table.ts';
import { indexTargets, SYSTEM_WORKSPACE } from './reference-targets.ts';
import { referencesNotHeld } from './references.ts';

/** References to nothing. */
export interface ReferenceFindings {
  /** References that an import needs: it would refuse the object, or leave it out. */
  readonly dangling: number;
  /** References whose target may be there without being exported, or is a name alone. */
  readonly doubtful: number;
  /** The first of them, in the order in which their trees were added; the dangling ones before the doubtful ones. */
  readonly examples: readonly FoundReference[];
}

/** A reference to nothing, by names alone: ids are public. */
export interface FoundReference {
  /** `idp okta` of which workspace. */
  readonly object: string;
  /** JSON Pointer of the member that names the target. */
  readonly pointer: string;
  readonly target: string;
  readonly severity: Reference['severity'];
}

/** As many as a person reads in a log. */
const MAX_EXAMPLES = 20;

/** Collects references. One tree after the other is added; together they are one export. */
export interface ReferenceCheck {
  /** @param objects of the tree, if they are listed already */
  add(tree: Json, objects?: readonly TreeObject[]): void;
  end(): ReferenceFindings;
}

export function createReferenceCheck(shape: Shape): ReferenceCheck {
  const open: { readonly reference: Reference; readonly isFinal: boolean }[] = [];
  const skeleton = new Skeleton();
  return {
    add(tree, objects = listObjects(tree, { shape })) {
      if (shape === 'tenant') skeleton.add(tree);
      for (const { reference, presence } of referencesNotHeld(objects, shape)) {
        const isFinal = shape === 'workspace' || reference.scope === 'workspace';
        if (!isFinal || presence === 'missing') open.push({ reference, isFinal });
      }
    },
    end() {
      const targets = indexTargets(skeleton.tree, 'tenant');
      const missing = open.filter(
        ({ reference, isFinal }) => isFinal || targets.presence(reference) === 'missing',
      );
      return findingsOf(missing.map(({ reference }) => reference));
    },
  };
}

/** All that a reference out of a workspace can mean: ids of the tenant's own objects, and of the clients that serve other
 * workspaces. */
class Skeleton {
  readonly #servers: Record<string, Json> = {};
  readonly #own: Record<string, Record<string, Json>> = {};

  get tree(): JsonObject {
    return { ...this.#own, servers: this.#servers };
  }

  add(tree: Json): void {
    for (const section of ['pools', 'schemas', 'themes']) {
      this.#own[section] ??= {};
      addIds(this.#own[section], member(tree, section));
    }
    for (const [id, server] of entriesOf(member(tree, 'servers'))) {
      const pools: Record<string, Json> = {};
      addIds(pools, member(server, 'pools'));
      const clients: Record<string, Json> = {};
      if (id === SYSTEM_WORKSPACE) addIds(clients, member(server, 'clients'));
      setMember(this.#servers, id, { pools, clients });
    }
  }
}

function addIds(to: Record<string, Json>, section: Json | undefined): void {
  for (const [id, content] of entriesOf(section)) if (content !== null) setMember(to, id, {});
}

const entriesOf = (map: Json | undefined): [string, Json][] =>
  isObject(map) ? Object.entries<Json>(map) : [];

/** What is told of references to nothing. */
export function findingsOf(missing: readonly Reference<string>[]): ReferenceFindings {
  const dangling = missing.filter(({ severity }) => severity === 'error');
  const doubtful = missing.filter(({ severity }) => severity === 'warning');
  return {
    dangling: dangling.length,
    doubtful: doubtful.length,
    examples: [...dangling, ...doubtful].slice(0, MAX_EXAMPLES).map(describe),
  };
}

const describe = ({ from, pointer, target, severity }: Reference<string>): FoundReference => ({
  object: `${from.type} ${from.id}${from.workspace === undefined ? '' : ` of workspace ${from.workspace}`}`,
  pointer,
  target: `${target.type} ${target.id}`,
  severity,
});
