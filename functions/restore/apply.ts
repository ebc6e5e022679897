import type { ChangeSet } from '../config/change-set.ts';
import { type Json, type JsonObject, member, stringifyJson } from '../config/json.ts';
import { mergePatchBetween } from '../config/merge-patch.ts';
import type { Hub } from '../tenant/hub.client.ts';
import type { ImportMode } from '../tenant/import-mode.ts';

/** What is sent to the tenant.
 * - `everything`: an import of the whole tenant as it is to be, which is right whether an import keeps, deletes or resets what
 *   its document lacks: the vendor does not say
 * - `changes`: an import of whole objects, but only of those that differ, with the settings of their workspaces; it takes it
 *   that an import keeps what its document lacks
 * - `patch`: a merge patch (RFC 7396) of what differs, which the tenant applies to itself */
export const SENDINGS = ['everything', 'changes', 'patch'] as const;
export type Sending = (typeof SENDINGS)[number];

/** How changes are written. */
export interface Writer {
  readonly hub: Hub;
  readonly mode: ImportMode;
  readonly send: Sending;
  readonly idempotencyKey: string;
  /** Those that the enrolment lists. @default - the tenant is known as a whole */
  readonly workspaces: readonly string[] | undefined;
  /** Called before each write, which it prevents by failing. */
  before(phase: 'importing' | 'pruning'): Promise<void>;
  /** Called before each further import, in the same way. */
  confirm(): Promise<void>;
}

/** Write changes to the tenant: import, then delete. A success proves nothing yet, and a failure does not mean that nothing
 * was written.
 * @param live the tenant as it is
 * @throws IMPORT_REFUSED, IMPORT_CONFLICT, the errors of `Hub` and of `Writer.before` */
export async function apply(changes: ChangeSet, live: Json, writer: Writer): Promise<void> {
  const { hub, send } = writer;
  const patch = (document: Json) =>
    hub.patchTree(stringifyJson(document), { format: 'rfc7396', mode: 'update', dryRun: false });
  if (send === 'patch') {
    if (changes.document === null && changes.mergePatch === null) return;
    await writer.before('importing');
    return patch(mergePatchBetween(live, changes.promised));
  }
  const { document, whole, mergePatch } = changes;
  const sent = send === 'changes' ? document : whole;
  if (sent !== null) {
    await writer.before('importing');
    await importInto(hub, sent, writer);
  }
  if (mergePatch !== null) {
    await writer.before('pruning');
    await patch(mergePatch);
  }
}

async function importInto(hub: Hub, tree: Json, writer: Writer): Promise<void> {
  const { workspaces, idempotencyKey, confirm } = writer;
  const options = { mode: modeOf(writer), dryRun: false };
  if (workspaces === undefined) {
    await hub.importTree(stringifyJson(tree), { ...options, idempotencyKey });
    return;
  }
  // The rest of the tenant is not known: a tree without it must not reach further than these workspaces.
  const servers = Object.entries<Json>(member(tree, 'servers') as JsonObject);
  for (const [index, [workspace, server]] of servers.entries()) {
    if (index > 0) await confirm();
    await hub.importTree(stringifyJson(server), {
      ...options,
      workspace,
      idempotencyKey: `${idempotencyKey}-${index}`,
    });
  }
}

/** A whole tenant has objects that exist: that none of those to be restored does is judged here. */
const modeOf = ({ mode, send }: Writer): ImportMode =>
  send === 'everything' && mode === 'fail' ? 'ignore' : mode;
