import type { Json, JsonObject } from '../../../../functions/config/json/json.ts';
import { SYSTEM_WORKSPACE } from '../../../../functions/config/references/reference-targets.ts';
import { type Dependency, selectWorkspace } from '../../../../functions/config/select/select.ts';
import { type LeftOut, selectWorkspaceFromDump } from '../../../../functions/config/select/select-dump.ts';
import { TenantBackupError } from '../../../../functions/errors.ts';
import type { DocumentName } from '../../../../functions/vault/format/documents.ts';

/** One workspace of a backup, as a document that can be imported. Holds secrets, but for what is said about it. */
export interface ExtractedWorkspace {
  /** Of the same kind as the document: a tree of a tenant with this workspace, or a dump. */
  readonly document: JsonObject;
  /** Ids of the clients of the workspace `system` that serve it, and are in the document with it. */
  readonly systemClients: readonly string[];
  /** What it names and does not contain. */
  readonly dependsOn: readonly Dependency[];
  /** Collections of a dump whose elements no workspace can be told of. */
  readonly leftOut: readonly LeftOut[];
}

/** @throws INVALID_REQUEST if there is no such workspace, or the document has none; EXPORT_MALFORMED */
export function extractWorkspace(document: Json, kind: DocumentName, workspace: string): ExtractedWorkspace {
  if (kind === 'identity') {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      'an identity document has pools and no workspaces: ask for another document',
    );
  }
  if (kind === 'system') {
    const { dump, ...found } = selectWorkspaceFromDump(document, workspace);
    return { document: dump, ...found };
  }
  const { workspace: selected, systemClients, dependsOn } = selectWorkspace(document, workspace);
  const serving = Object.keys(systemClients).length > 0 && { [SYSTEM_WORKSPACE]: { clients: systemClients } };
  return {
    document: { servers: { [workspace]: selected, ...serving } },
    systemClients: Object.keys(systemClients),
    dependsOn,
    leftOut: [],
  };
}

/** What to know about it, in a few lines. */
export function describeExtract({ systemClients, dependsOn, leftOut }: ExtractedWorkspace): string[] {
  const name = ({ type, id, held }: Dependency) =>
    `  ${type} ${id}${held ? '' : ', which this document does not hold'}`;
  return [
    ...(systemClients.length > 0
      ? [`with clients of the workspace system: ${systemClients.join(', ')}`]
      : []),
    ...(dependsOn.length > 0 ? ['needs, and does not contain:', ...dependsOn.map(name)] : []),
    ...(leftOut.length > 0
      ? [
          `left out, as no workspace can be told of it: ${leftOut.map(({ collection }) => collection).join(', ')}`,
        ]
      : []),
  ];
}
