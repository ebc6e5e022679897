import type { ChangeSet } from '../config/change-set.ts';
import { stringifyJson } from '../config/json.ts';
import type { Hub } from '../tenant/hub.client.ts';
import type { ImportMode } from '../tenant/import-mode.ts';

/** How changes are written. */
export interface Writer {
  readonly hub: Hub;
  readonly mode: ImportMode;
  readonly idempotencyKey: string;
  /** Called before each write, which it prevents by failing. */
  before(phase: 'importing' | 'pruning'): Promise<void>;
}

/** Write changes to the tenant: import, then delete. A success proves nothing yet, and a failure does not mean that nothing
 * was written.
 * @throws IMPORT_REFUSED, IMPORT_CONFLICT, the errors of `Hub` and of `Writer.before` */
export async function apply({ document, mergePatch }: ChangeSet, writer: Writer): Promise<void> {
  const { hub, mode, idempotencyKey } = writer;
  if (document !== null) {
    await writer.before('importing');
    await hub.importTree(stringifyJson(document), { mode, dryRun: false, idempotencyKey });
  }
  if (mergePatch !== null) {
    await writer.before('pruning');
    const options = { format: 'rfc7396', mode: 'update', dryRun: false } as const;
    await hub.patchTree(stringifyJson(mergePatch), options);
  }
}
