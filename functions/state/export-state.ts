/** The live state of a tenant. Backups, plans, restores, drills and the command all export it here. */

import { cutTree, objectsNeeded } from '../config/change/cut-tree.ts';
import type { HiddenCredentials } from '../config/credentials/blank-credentials.ts';
import type { Credentials } from '../config/credentials/credentials.ts';
import { dumpParts, validateIdentityDump } from '../config/export/dump-parts.ts';
import { exportParts } from '../config/export/export-parts.ts';
import { isObject, type Json, type JsonObject, parseJson, stringifyJson } from '../config/json/json.ts';
import { parseInPieces } from '../config/json/json-pieces.ts';
import { createDumpCheck } from '../config/model/dump-shape.ts';
import { type Shape, shapeOf } from '../config/model/shape.ts';
import type { ReferenceFindings } from '../config/references/reference-check.ts';
import { selectWorkspacesFromDump } from '../config/select/select-dump-workspaces.ts';
import type { Selection } from '../config/select/selection.ts';
import { TenantBackupError } from '../errors.ts';
import type { Hub } from '../tenant/api/hub.client.ts';
import type { Tenant } from '../tenant/api/tenant.client.ts';
import type { TenantPart } from '../tenant/enrolment/enrolment-schema.ts';
import { type RetryTools, withRetry } from '../tenant/http/retry.ts';
import { exportDump } from './export-dump.ts';

/** Exports a part as it is now, credentials included.
 * @returns the tree of the hub, or the dump of another part. Holds secrets
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE and the errors of the clients */
export const exportState = async (part: TenantPart, apis: Tenant): Promise<Json> =>
  parseState(part, await EXPORTS[part](apis));

/** Parses the bytes of a part's export.
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE unless they are a whole export of that part */
export const parseState = (part: TenantPart, exported: Buffer): Json => PARSERS[part](exported);

const EXPORTS: Readonly<Record<TenantPart, (apis: Tenant) => Promise<Buffer>>> = {
  hub: ({ hub }) => hub.exportTree({ withCredentials: true }),
  system: exportDump,
  identity: ({ identity }) => identity.exportDump(),
};

const PARSERS: Readonly<Record<TenantPart, (exported: Buffer) => Json>> = {
  hub(exported) {
    const tree = parseInPieces(exported, ['servers']);
    shapeOf(tree);
    return tree;
  },
  system(exported) {
    const dump = parseDump(exported);
    const check = createDumpCheck('system');
    for (const [name, content] of Object.entries(dump)) check.add(name, content);
    check.end();
    return dump;
  },
  identity(exported) {
    validateIdentityDump(exported);
    return parseDump(exported);
  },
};

function parseDump(exported: Buffer): JsonObject {
  const dump = parseJson(exported);
  if (isObject(dump)) return dump;
  throw new TenantBackupError('EXPORT_MALFORMED', 'dump must be an object');
}

/** An export, split into configuration and credentials. */
export interface SplitState extends HiddenCredentials {
  /** The bytes of the whole export, credentials included, see `parseState`. Holds secrets. */
  readonly exported: Buffer;
  /** JSON of the export without its credentials, in pieces that follow each other. */
  readonly config: readonly Uint8Array[];
  /** By JSON Pointer into the export. Holds secrets. */
  readonly credentials: Credentials;
  /** Numbers of credentials, by the reason why they count as such. */
  readonly counts: Readonly<Record<string, number>>;
  /** Objects by type. */
  readonly objects: Readonly<Record<string, number>>;
  readonly references: ReferenceFindings;
  /** Of a tree only. */
  readonly shape?: Shape;
  /** Selectors of its selection that match nothing. @default - none */
  readonly unmatchedSelectors?: number;
  /** Of a dump only: see `DumpParts.placeOf`. */
  readonly placeOf?: (pointer: string) => string;
}

/** Attempts to get two exports of the same state. A tenant that changes more often has no backup rather than half of one. */
const CONSISTENCY = { maxAttempts: 4, budgetMilliseconds: 60_000, baseMilliseconds: 2_000 };

/** Exports the hub's tree with credentials, and once more without: the second export is the mask that tells them apart.
 * @param selection the objects to keep. @default - all
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE, EXPORT_INCONSISTENT and the errors of `Hub`
 * @throws INVALID_REQUEST if the selection matches nothing */
export const exportHub = (hub: Hub, retryTools: RetryTools, selection?: Selection): Promise<SplitState> =>
  withRetry(
    async () => {
      const both = await Promise.all([
        hub.exportTree({ withCredentials: true }),
        hub.exportTree({ withCredentials: false }),
      ]);
      return splitHub(both, selection);
    },
    CONSISTENCY,
    retryTools,
    (failure) => failure.code === 'EXPORT_INCONSISTENT',
  );

/** Exports the hub's tree without credentials alone. What looks like a credential all the same is left out.
 * @param selection see `exportHub`
 * @returns no credentials, and no blanks, as all are
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE, INVALID_REQUEST and the errors of `Hub` */
export async function exportHubWithoutCredentials(hub: Hub, selection?: Selection): Promise<SplitState> {
  const exported = await hub.exportTree({ withCredentials: false });
  // The tree is its own mask.
  const split = splitHub([exported, exported], selection);
  return { ...split, credentials: {}, counts: {}, blanks: [], hidden: [] };
}

function splitHub(
  [whole, wholeMask]: readonly [Buffer, Buffer],
  selection: Selection | undefined,
): SplitState {
  const { exported, mask, ...found } =
    selection === undefined ? { exported: whole, mask: wholeMask } : cutExports(whole, wholeMask, selection);
  const { counts, ...parts } = exportParts(exported, mask);
  return { ...parts, ...found, counts: { ...counts }, exported };
}

/** Cuts two exports of a tree to a selection. */
function cutExports(exported: Buffer, mask: Buffer, selection: Selection) {
  const tree = parseState('hub', exported);
  const { pointers, unmatched } = objectsNeeded(tree, selection);
  const cut = (whole: Json) => Buffer.from(stringifyJson(cutTree(whole, pointers)));
  return {
    exported: cut(tree),
    mask: cut(exported === mask ? tree : parseState('hub', mask)),
    unmatchedSelectors: unmatched,
  };
}

/** Exports the system's dump.
 * @param workspaces keep only what belongs to these. @default - all of the tenant
 * @throws WORKSPACE_NOT_FOUND and the errors of `exportDump` */
export async function exportSystem(
  apis: Pick<Tenant, 'system' | 'keyRotation'>,
  workspaces?: readonly string[],
): Promise<SplitState> {
  const whole = await exportDump(apis);
  // Export the whole tenant: an export of one workspace lacks the objects that do not carry its id.
  const exported = workspaces === undefined ? whole : onlyWorkspaces(whole, workspaces);
  return { ...dumpParts(exported, workspaces === undefined), exported };
}

const onlyWorkspaces = (exported: Buffer, workspaces: readonly string[]): Buffer =>
  Buffer.from(stringifyJson(selectWorkspacesFromDump(parseDump(exported), workspaces)));
