import type { Json, JsonObject } from '../../../../functions/config/json/json.ts';
import { SYSTEM_WORKSPACE } from '../../../../functions/config/references/reference-targets.ts';
import { type Dependency, selectWorkspace } from '../../../../functions/config/select/select.ts';
import { type LeftOut, selectWorkspaceFromDump } from '../../../../functions/config/select/select-dump.ts';
import { TenantBackupError } from '../../../../functions/errors.ts';
import type { DocumentName } from '../../../../functions/vault/format/documents.ts';

/** One workspace of a backup, as a document to import. The document holds secrets, the other fields do not. */
export interface ExtractedWorkspace {
  /** A tree with only this workspace, or a dump, like the document of the backup. */
  readonly document: JsonObject;
  /** Ids of the clients of the workspace `system` that serve it; the document contains them. */
  readonly systemClients: readonly string[];
  /** Objects that it references and does not contain. */
  readonly dependsOn: readonly Dependency[];
  /** Collections of a dump whose elements cannot be assigned to a workspace. */
  readonly leftOut: readonly LeftOut[];
}

/** Extracts one workspace from a document.
 * @throws INVALID_REQUEST if the document has no such workspace; EXPORT_MALFORMED */
export function extractWorkspace(document: Json, kind: DocumentName, workspace: string): ExtractedWorkspace {
  if (kind === 'identity') {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      'an identity document has no workspaces: choose another --document',
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

/** Describes the extract in a few lines. */
export function describeExtract({ systemClients, dependsOn, leftOut }: ExtractedWorkspace): string[] {
  const name = ({ type, id, held }: Dependency) => `  ${type} ${id}${held ? '' : ' (not in this document)'}`;
  return [
    ...(systemClients.length > 0
      ? [`includes clients of the workspace system: ${systemClients.join(', ')}`]
      : []),
    ...(dependsOn.length > 0 ? ['required, but not contained:', ...dependsOn.map(name)] : []),
    ...(leftOut.length > 0
      ? [
          `left out, as it belongs to no single workspace: ${leftOut.map(({ collection }) => collection).join(', ')}`,
        ]
      : []),
  ];
}
