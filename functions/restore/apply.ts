import type { ChangeSet } from '../config/change-set.ts';
import { type Json, stringifyJson } from '../config/json.ts';
import { mergePatchBetween } from '../config/merge-patch.ts';
import type { Hub } from '../tenant/hub.client.ts';
import type { ImportMode } from '../tenant/import-mode.ts';

/** What is sent to the tenant.
 * - `changes`: an import of whole objects, but only of those that differ
 * - `everything`: an import of the tenant as it is to be
 * - `patch`: a merge patch (RFC 7396) of what differs, which the tenant applies to itself
 *
 * The vendor does not say whether an import deletes what its document lacks; `changes` takes it that it does not. */
export const SENDINGS = ['changes', 'everything', 'patch'] as const;
export type Sending = (typeof SENDINGS)[number];

/** How changes are written. */
export interface Writer {
  readonly hub: Hub;
  readonly mode: ImportMode;
  readonly send: Sending;
  readonly idempotencyKey: string;
  /** Called before each write, which it prevents by failing. */
  before(phase: 'importing' | 'pruning'): Promise<void>;
}

/** Write changes to the tenant: import, then delete. A success proves nothing yet, and a failure does not mean that nothing
 * was written.
 * @param live the tenant as it is
 * @throws IMPORT_REFUSED, IMPORT_CONFLICT, the errors of `Hub` and of `Writer.before` */
export async function apply(changes: ChangeSet, live: Json, writer: Writer): Promise<void> {
  const { hub, mode, send, idempotencyKey } = writer;
  const patch = (document: Json) =>
    hub.patchTree(stringifyJson(document), { format: 'rfc7396', mode: 'update', dryRun: false });
  if (send === 'patch') {
    if (changes.isEmpty) return;
    await writer.before('importing');
    return patch(mergePatchBetween(live, changes.promised));
  }
  const { isEmpty, promised, mergePatch } = changes;
  const document: Json = send === 'changes' ? changes.document : isEmpty ? null : promised;
  if (document !== null) {
    await writer.before('importing');
    await hub.importTree(stringifyJson(document), { mode, dryRun: false, idempotencyKey });
  }
  if (mergePatch !== null) {
    await writer.before('pruning');
    await patch(mergePatch);
  }
}
