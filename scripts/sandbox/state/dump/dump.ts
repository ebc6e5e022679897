import { filterMembers, type Json, type JsonObject } from '../../json.ts';
import { type ImportMode, importDocument } from '../import.ts';
import { type Redaction, redactTenant } from '../redact.ts';
import type { TenantState } from '../tenants.ts';
import { danglingReferences, type Problem, wrongKinds } from '../validate.ts';
import { danglingElements, unknownCollections, wrongElements } from './check.ts';
import { collectionOf, KEY_ROTATIONS, ROOT_ONLY, workspaceIdOf } from './collections.ts';
import { flatten, nest } from './flat.ts';
import { fromFlat } from './from-dump.ts';
import { graft } from './graft.ts';
import { mergeFlat } from './merge.ts';
import { toFlat } from './to-dump.ts';

export interface DumpOptions {
  /** Only what is tied to this workspace, and the tenant itself. @default - all */
  readonly workspaceId?: string | undefined;
  /** What happened at runtime as well. @default false */
  readonly withData?: boolean;
  /** For the dump of the whole deployment. @default false */
  readonly root?: boolean;
}

/** A tenant as a flat dump, always with credentials. Empty lists are left out. */
export function dumpOf(tenantId: string, state: TenantState, options: DumpOptions = {}): JsonObject {
  const { workspaceId, withData = false, root = false } = options;
  const { tenant, lists } = toFlat(tenantId, state);
  const shown = [...lists].flatMap(([name, list]): [string, readonly JsonObject[]][] => {
    if (!isShown(name, { withData, root })) return [];
    const elements =
      workspaceId === undefined
        ? list
        : list.filter((element) => workspaceIdOf(name, element) === workspaceId);
    return elements.length === 0 ? [] : [[name, elements]];
  });
  return nest({ tenant, lists: new Map(shown) });
}

const isShown = (name: string, { withData, root }: { withData: boolean; root: boolean }): boolean =>
  name !== KEY_ROTATIONS &&
  (withData || collectionOf(name)?.runtime !== true) &&
  (root || !ROOT_ONLY.includes(name));

/** The dump without its credentials: what a broken deployment may answer. */
export function redactedDumpOf(tenantId: string, state: TenantState, options: DumpOptions): JsonObject {
  const blanked = (list: string, ...members: string[]): JsonObject[] =>
    (state.beside[list] ?? []).map((element) => ({
      ...element,
      ...Object.fromEntries(members.filter((name) => Object.hasOwn(element, name)).map((name) => [name, ''])),
    }));
  const redaction: Redaction = 'observed';
  const beside = {
    ...state.beside,
    secrets: blanked('secrets', 'secret', 'value'),
    vanity_domains: blanked('vanity_domains', 'key', 'cert', 'api_key'),
  };
  return dumpOf(tenantId, { ...state, tree: redactTenant(state.tree, redaction), beside }, options);
}

export interface DumpImport {
  readonly mode: ImportMode;
  /** The dump is the tenant as it is to be, as after a patch. @default false */
  readonly complete?: boolean;
  /** The dump is one of the whole deployment, which shows more lists. @default false */
  readonly root?: boolean;
  readonly unknownCollections?: 'keep' | 'ignore' | 'refuse';
  readonly at: Date;
}

/** What became of an import: problems, conflicts, or the tenant's new state. */
export type DumpResult =
  | { readonly kind: 'broken' | 'conflict'; readonly problems: readonly Problem[] }
  | { readonly kind: 'done'; readonly change: Partial<TenantState> };

/** Imports a dump into a tenant. Like the import of a tree, it replaces whole objects, and generates missing credentials. */
export function importDump(
  tenantId: string,
  state: TenantState,
  document: Json,
  { mode, complete = false, root = false, unknownCollections: unknown = 'keep', at }: DumpImport,
): DumpResult {
  const wrong = wrongElements(document, tenantId);
  if (wrong.length > 0) return { kind: 'broken', problems: wrong };
  const strangers = unknownCollections(document as JsonObject);
  if (unknown === 'refuse' && strangers.length > 0) {
    const problems = strangers.map((name) => ({ pointer: `/${name}`, problem: 'collection is unknown' }));
    return { kind: 'broken', problems };
  }
  const known = filterMembers(
    document as JsonObject,
    (name) => unknown === 'keep' || !strangers.includes(name),
  );
  const current = toFlat(tenantId, state);
  const incoming = flatten(known);
  // What the export did not show cannot have been removed from it.
  const unseen = [...current.lists].filter(([name]) => !isShown(name, { withData: false, root }));
  const whole = complete ? { ...incoming, lists: new Map([...unseen, ...incoming.lists]) } : incoming;
  const { flat, conflicts } = mergeFlat(current, whole, mode, complete);
  if (conflicts.length > 0) {
    const problems = conflicts.map(({ collection, index }) => ({
      pointer: `/${collection}/${index}`,
      problem: 'exists already',
    }));
    return { kind: 'conflict', problems };
  }
  const dangling = danglingElements(flat);
  if (dangling.length > 0) return { kind: 'broken', problems: dangling };
  const { tree, beside, ids } = fromFlat(flat);
  const grafted = graft(tree, state.tree);
  const problems = wrongKinds(grafted);
  if (problems.length > 0) return { kind: 'broken', problems };
  // A tenant that was broken before may still be written to.
  const before = new Set(complete ? [] : danglingReferences(state.tree, {}).map(textOf));
  const references = danglingReferences(grafted, {}).filter((problem) => !before.has(textOf(problem)));
  if (references.length > 0) return { kind: 'broken', problems: references };
  const result = importDocument(state.tree, grafted, 'update', at, { complete: true });
  return { kind: 'done', change: { tree: result.tree, beside, ids } };
}

const textOf = ({ pointer, problem }: Problem): string => `${pointer} ${problem}`;
