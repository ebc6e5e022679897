/** Checks the references of a tenant's tree workspace by workspace, so that the tree is never in memory as a whole.
 * References out of a workspace are checked at the end. */
import { isObject, type Json, type JsonObject, member, setMember } from '../json/json.ts';
import { listObjects, type TreeObject } from '../model/objects.ts';
import type { Shape } from '../model/shape.ts';
import type { Reference } from './reference-table.ts';
import { indexTargets, SYSTEM_WORKSPACE } from './reference-targets.ts';
import { referencesNotHeld } from './references.ts';

/** References to nothing. */
export interface ReferenceFindings {
  /** References that an import needs: without the target it refuses the object or leaves it out. */
  readonly dangling: number;
  /** References whose target may exist without being exported, or is only a name. */
  readonly doubtful: number;
  /** The first of them, in the order in which their trees were added. Dangling ones come before doubtful ones. */
  readonly examples: readonly FoundReference[];
}

/** A reference to nothing, with names only: ids are public. */
export interface FoundReference {
  /** Type, id and workspace: `idp okta of workspace shop`. */
  readonly object: string;
  /** JSON Pointer of the member that names the target. */
  readonly pointer: string;
  readonly target: string;
  readonly severity: Reference['severity'];
}

/** As many as a person reads in a log. */
const MAX_EXAMPLES = 20;

/** Collects references of one tree after the other. Together the trees are one export. */
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

/** All possible targets outside of a workspace: the tenant's own objects, and the clients that serve other
 * workspaces. It holds only ids. */
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

/** Reports references to nothing. */
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
