/** Makes a backup of an export that a person saved by hand, before this software did. */
import { dumpParts } from '../config/export/dump-parts.ts';
import { exportParts } from '../config/export/export-parts.ts';
import { isContainer, isObject, type Json, type JsonObject, member, parseJson } from '../config/json/json.ts';
import { shapeOf } from '../config/model/shape.ts';
import { TenantBackupError } from '../errors.ts';
import type { Clients } from '../runtime/clients.ts';
import type { Tier } from '../runtime/names.ts';
import type { SplitState } from '../state/export-state.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import { splitPart } from './export-tenant.ts';
import { type MadeBackup, type SealingTools, sealExport } from './take-backup.ts';

export interface SavedExport {
  /** The file: a tree of a tenant or of one workspace, with credentials, or a dump of the system API. Holds secrets. */
  readonly exported: Buffer;
  /** Id of the workspace, if the tree is of one and does not hold its id. */
  readonly workspace: string | undefined;
  /** When it was exported: RFC 3339 in UTC, to the second. */
  readonly takenAt: string;
}

/** Seals a saved export as a backup. There is no export without credentials beside it, so that only the table of known
 * fields and the look of a value tell credentials apart.
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE if it is no export
 * @throws INVALID_REQUEST if it is of one workspace without an id, or of another than the given one
 * @throws CONTEXT_MISMATCH if it names another tenant than the enrolment
 * @throws CREDENTIALS_BLANK if it was exported without credentials, and the errors of `sealExport` */
export async function adoptExport(
  saved: SavedExport,
  { tier, enrolment }: { readonly tier: Tier; readonly enrolment: Enrolment },
  tools: SealingTools & Pick<Clients, 'vault' | 'fingerprintKeys'>,
): Promise<MadeBackup> {
  const { name: tenant } = enrolment;
  const { part, ...state } = splitSaved(saved, enrolment);
  const fingerprintKey = await tools.fingerprintKeys.derive(tenant);
  const { exported: _, ...content } = splitPart(part, state, { enrolment, fingerprintKey });
  const [previous] = await tools.vault.listVersions(tier, tenant);
  const { takenAt } = saved;
  return sealExport(
    { tenant, tier, scheduledTime: takenAt, enrolment },
    {
      exports: [content],
      states: new Map(),
      digests: {},
      missing: [],
      exportedAt: new Date(takenAt),
      previous,
      adopted: true,
    },
    tools,
  );
}

function splitSaved(
  { exported, workspace }: SavedExport,
  { tenantId }: Enrolment,
): SplitState & { readonly part: 'hub' | 'system' } {
  const document = parseJson(exported);
  requireTenant(document, tenantId);
  if (isObject(document) && Array.isArray(member(document, 'servers'))) {
    requireOneTenant(document);
    requireWorkspace(workspace, false);
    return { part: 'system', ...dumpParts(exported), exported };
  }
  const isOfWorkspace = shapeOf(document) === 'workspace';
  requireWorkspace(workspace, isOfWorkspace, textOf(member(document, 'id')));
  const tree = isOfWorkspace ? asTenant(document as JsonObject, exported, workspace) : exported;
  // The tree is its own mask.
  const { counts, ...parts } = exportParts(tree, tree);
  return { part: 'hub', ...parts, counts: { ...counts }, exported: tree };
}

/** Returns a tenant with only one workspace, as a backup of listed workspaces holds it. */
function asTenant(tree: JsonObject, exported: Buffer, workspace = textOf(member(tree, 'id'))): Buffer {
  if (workspace === undefined) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      'the export is of one workspace, and does not hold its id: name it with --workspace',
    );
  }
  return Buffer.concat([
    Buffer.from(`{"servers":{${JSON.stringify(workspace)}:`),
    exported,
    Buffer.from('}}'),
  ]);
}

/** Refuses an export of another tenant. Not every export holds the id of its tenant; workspaces of a dump do. */
function requireTenant(document: Json, tenantId: string): void {
  const workspaces = member(document, 'servers');
  const holders = [
    document,
    ...(isContainer(workspaces) ? Object.values<Json>(workspaces as JsonObject) : []),
  ];
  const found = [
    member(member(document, 'tenant'), 'id'),
    member(member(member(document, 'tenants'), '0'), 'id'),
    ...holders.map((holder) => member(holder, 'tenant_id')),
  ].find((id) => textOf(id) !== undefined && id !== tenantId);
  if (typeof found !== 'string') return;
  throw new TenantBackupError(
    'CONTEXT_MISMATCH',
    `the export must be of tenant "${tenantId}", it is of "${found.slice(0, 80)}"`,
    { field: 'tenant' },
  );
}

/** Refuses the id of a workspace that the export contradicts, or has no place for.
 * @param own the id that the export holds */
function requireWorkspace(workspace: string | undefined, isOfWorkspace: boolean, own?: string): void {
  if (workspace === undefined || (isOfWorkspace && (own ?? workspace) === workspace)) return;
  const what = isOfWorkspace ? `of workspace "${own?.slice(0, 80)}"` : 'of a whole tenant';
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `--workspace names "${workspace}", and the export is ${what}`,
  );
}

/** Refuses a dump of a whole deployment, as a backup is of one tenant. */
function requireOneTenant(dump: JsonObject): void {
  const tenants = member(dump, 'tenants');
  if (!Array.isArray(tenants) || tenants.length <= 1) return;
  throw new TenantBackupError(
    'EXPORT_MALFORMED',
    `the dump must be of 1 tenant, it is of ${tenants.length}: export each with tid`,
    { tenants: tenants.length },
  );
}

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
