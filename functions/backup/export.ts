import { findBlankCredentials } from '../config/blank-credentials.ts';
import { type Credentials, splitCredentials } from '../config/credentials.ts';
import { type Json, parseJson } from '../config/json.ts';
import { countObjects } from '../config/objects.ts';
import { type Shape, shapeOf } from '../config/shape.ts';
import { TenantBackupError } from '../errors.ts';
import type { Hub } from '../tenant/hub.client.ts';
import { type RetryTools, withRetry } from '../tenant/retry.ts';

/** A complete export, taken apart. */
export interface SplitExport {
  /** The whole document, credentials included. Holds secrets. */
  readonly full: Json;
  readonly config: Json;
  /** By JSON Pointer into `full`. Holds secrets. */
  readonly credentials: Credentials;
  readonly shape: Shape;
  readonly objects: Readonly<Record<string, number>>;
  readonly credentialCounts: Readonly<Record<string, number>>;
}

/** Tries at getting two exports of the same state; a tenant that changes this often is not backed up half. */
const CONSISTENCY = { maxAttempts: 4, budgetMilliseconds: 60_000, baseMilliseconds: 2_000 };

/** Export a tenant with credentials, and once more without as the mask that tells them apart.
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE, EXPORT_INCONSISTENT, CREDENTIALS_BLANK and the errors of `Hub` */
export const exportAndSplit = (hub: Hub, tools: RetryTools): Promise<SplitExport> =>
  withRetry(
    async () => {
      const [full, mask] = await Promise.all([
        hub.exportTree({ withCredentials: true }).then(parseExport),
        hub.exportTree({ withCredentials: false }).then(parseExport),
      ]);
      const shape = shapeOf(full);
      refuseRedacted(full);
      const { config, credentials, counts } = splitCredentials(full, mask);
      return {
        full,
        config,
        credentials,
        shape,
        objects: countObjects(full),
        credentialCounts: { ...counts },
      };
    },
    CONSISTENCY,
    tools,
    (failure) => failure.code === 'EXPORT_INCONSISTENT',
  );

/** Judge the bytes of an export: the tree of a tenant or of a workspace, whole.
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE */
export function parseExport(body: Buffer): Json {
  const tree = parseJson(body);
  shapeOf(tree);
  return tree;
}

/** An export that promises credentials and lacks those that every tenant has would be a backup that cannot restore. */
function refuseRedacted(full: Json): void {
  const blank = findBlankCredentials(full);
  if (blank.length === 0) return;
  const pointers = blank.map((credential) => credential.pointer);
  throw new TenantBackupError(
    'CREDENTIALS_BLANK',
    `${blank.length} credentials came back blank, first at ${pointers[0]}: the export is redacted`,
    { blank: blank.length, pointers: pointers.slice(0, 10) },
  );
}
