import type { FastifyReply } from 'fastify';
import type { Behaviour } from '../behaviour.ts';
import { filterMembers, type Json, type JsonObject, memberOf, objectMember } from '../json.ts';
import { withoutEmbeddedClients } from '../state/ids.ts';
import { IMPORT_MODES, type ImportMode, type ImportOptions, importDocument } from '../state/import.ts';
import { appendingToLists, applyJsonPatch, applyMergePatch } from '../state/patch.ts';
import { redactTenant, redactWorkspace } from '../state/redact.ts';
import { asReleased } from '../state/release.ts';
import { unknownMembers, withoutUnknownMembers } from '../state/unknown.ts';
import { danglingReferences, wrongKinds } from '../state/validate.ts';
import { asApiError, parseJson, refuse } from './body.ts';
import type { Context, Routes } from './context.ts';
import { ApiError } from './errors.ts';
import { type HubRequest, type HubRoute, type Place, placeOf, READ, WRITE } from './hub-place.ts';
import { flag, one, oneOf, type Query } from './query.ts';
import { withoutSkipped, withSkippedUndone } from './skip.ts';
import { commit } from './write.ts';

/** Export, import and patch of trees: of a tenant, of one workspace, and of any tenant with the deployment's token.
 * The literal `system` comes first: the deployment's own routes win over a tenant of that name. */
export const hubRoutes: Routes = (app, context) => {
  for (const base of [
    '/api/hub/system/promote',
    '/api/hub/:tid/promote',
    '/api/hub/:tid/workspaces/:wid/promote',
  ]) {
    app.get<HubRoute>(
      `${base}/config`,
      { config: { requestKind: 'export', api: 'hub' } },
      async (request, reply) => exportFrom(context, request, reply),
    );
    app.post<HubRoute>(
      `${base}/config`,
      { config: { requestKind: 'import', api: 'hub' } },
      async (request, reply) => {
        const place = placeOf(context, request, WRITE);
        // A workspace is imported as a tenant that holds nothing else, so that both ways follow the same rules.
        requireSize(context, place, request.body);
        const body = parseJson(request.body);
        const { workspaceId } = place;
        const document = workspaceId === undefined ? body : { servers: { [workspaceId]: body } };
        return importInto(context, request, reply, place, document);
      },
    );
    for (const [name, apply] of [
      ['config-rfc6902', applyJsonPatch],
      ['config-rfc7396', applyMergePatch],
    ] as const) {
      const config = { requestKind: 'patch', api: 'hub' } as const;
      app.patch<HubRoute>(`${base}/${name}`, { config }, async (request, reply) => {
        const place = placeOf(context, request, WRITE);
        return patchInto(context, request, reply, place, (document) =>
          apply(baseOf(context, place, document, name), patchOf(context, place, document, request)),
        );
      });
    }
  }

  app.post<HubRoute>(
    '/api/hub/:tid/workspaces/:wid/clone',
    { config: { requestKind: 'import', api: 'hub' } },
    async (request, reply) => {
      const place = placeOf(context, request, WRITE);
      const { destination, document } = cloneOf(place, parseJson(request.body));
      const clonePlace = { ...place, workspaceId: destination };
      return importInto(context, request, reply, clonePlace, document, 'fail');
    },
  );
};

function exportFrom(context: Context, request: HubRequest, reply: FastifyReply): Json {
  const { tenantId, tree: stored, workspaceId } = placeOf(context, request, READ);
  const { redaction, builtInWorkspaces, release, headers } = context.behaviours.of(tenantId);
  if (headers === 'shown') {
    reply.headers({
      'x-ratelimit-limit': '100',
      'x-ratelimit-remaining': '99',
      'x-product-version': '2026.11.0',
    });
  }
  const tree = asReleased(release, stored);
  const withCredentials = flag(request.query, 'with_credentials') && request.fault?.kind !== 'redacted';
  if (workspaceId === undefined) {
    const shown = builtInWorkspaces === 'shown' ? tree : withoutBuiltIn(tree);
    return withCredentials ? shown : redactTenant(shown, redaction);
  }
  const workspace = existingWorkspace(tree, workspaceId);
  return withCredentials ? workspace : redactWorkspace(workspace, redaction);
}

function existingWorkspace(tree: JsonObject, workspaceId: string): JsonObject {
  const workspace = memberOf(memberOf(tree, 'servers'), workspaceId);
  if (workspace === undefined) throw new ApiError(404, 'not_found', `no workspace ${workspaceId}`);
  return workspace as JsonObject;
}

const BUILT_IN = ['system', 'admin', 'developer'];

const withoutBuiltIn = (tree: JsonObject): JsonObject => ({
  ...tree,
  servers: filterMembers(objectMember(tree, 'servers'), (id) => !BUILT_IN.includes(id)),
});

const withBuiltInOf = (before: JsonObject, after: JsonObject): JsonObject => ({
  ...after,
  servers: {
    ...filterMembers(objectMember(before, 'servers'), (id) => BUILT_IN.includes(id)),
    ...objectMember(after, 'servers'),
  },
});

/** @throws ApiError 400 for an unknown mode; 422 for a broken document, or an existing object with `mode=fail` */
function importInto(
  context: Context,
  request: HubRequest,
  reply: FastifyReply,
  place: Place,
  body: Json,
  // What the vendor's guide names as the default of imports; its descriptions name none.
  defaultMode: ImportMode = 'ignore',
): FastifyReply {
  refuse('document is broken', wrongKinds(body));
  const document = knownPart(context, place, body as JsonObject);
  refuse('document has dangling references', danglingReferences(document, place.tree));
  const {
    absentOnImport: absent,
    settingsOnImport: settings,
    redactedImport: blanks,
    keySets,
  } = context.behaviours.of(place.tenantId);
  const skipped = withoutSkipped(document, request.fault);
  return write(context, request, reply, place, skipped, defaultMode, {
    absent,
    settings,
    blanks,
    keySets,
  });
}

/** What a server of this strictness takes of a document.
 * @throws ApiError 422 for members that it refuses */
function knownPart(context: Context, { tenantId, tree }: Place, document: JsonObject): JsonObject {
  const { unknownMembers: strictness } = context.behaviours.of(tenantId);
  if (strictness === 'refuse') refuse('document has unknown members', unknownMembers(document, tree));
  return strictness === 'ignore' ? withoutUnknownMembers(document, tree) : document;
}

/** Export with credentials, patch, and import the result: what the patch removes is deleted. */
function patchInto(
  context: Context,
  request: HubRequest,
  reply: FastifyReply,
  place: Place,
  patch: (document: Json) => Json,
): FastifyReply {
  const { tree, workspaceId } = place;
  const document = asApiError(() =>
    workspaceId === undefined
      ? patch(tree)
      : withWorkspace(tree, workspaceId, patch(existingWorkspace(tree, workspaceId))),
  );
  refuse('the patched document is broken', wrongKinds(document));
  refuse('the patched document has dangling references', danglingReferences(document as JsonObject, {}));
  const known = knownPart(context, place, document as JsonObject);
  const kept = withSkippedUndone(known, tree, request.fault);
  return write(context, request, reply, place, kept, 'update', { complete: true });
}

const withWorkspace = (tree: JsonObject, workspaceId: string, workspace: Json): JsonObject => ({
  ...tree,
  servers: { ...objectMember(tree, 'servers'), [workspaceId]: workspace },
});

function write(
  context: Context,
  request: HubRequest,
  reply: FastifyReply,
  place: Place,
  document: JsonObject,
  defaultMode: ImportMode,
  options: ImportOptions,
): FastifyReply {
  const { tenantId, tree } = place;
  const behaviour = context.behaviours.of(tenantId);
  const mode = modeOf(request.query, defaultMode, behaviour);
  const dryRun = flag(request.query, 'dry_run') && behaviour.dryRun === 'honour';
  const result = importDocument(tree, document, mode, context.now(), options);
  refuse(
    'objects exist already',
    result.conflicts.map((pointer) => ({ pointer, problem: 'exists already' })),
    behaviour.hubConflictStatus,
  );
  const reached = withinReach(context, place, result.tree);
  const isNewIds = behaviour.embeddedClientIds === 'new' && options.complete !== true;
  const ids = isNewIds ? withoutEmbeddedClients(place.state.ids) : place.state.ids;
  if (!dryRun) commit(context, request, tenantId, { tree: reached, ids });
  return reply.code(204).send();
}

/** @throws ApiError 400 for an unknown mode, unless the tenant takes it for another one */
function modeOf(query: Query, fallback: ImportMode, { ignoreMode, unknownMode }: Behaviour): ImportMode {
  const isKnown = IMPORT_MODES.some((mode) => mode === (one(query, 'mode') ?? fallback));
  if (!isKnown && unknownMode !== 'refuse') return unknownMode;
  const mode = oneOf(query, 'mode', IMPORT_MODES, fallback);
  return mode === 'ignore' && ignoreMode === 'overwrite' ? 'update' : mode;
}

/** @throws ApiError 413 */
function requireSize(context: Context, { tenantId }: Place, body: Buffer | undefined): void {
  const { bodyLimitBytes: most } = context.behaviours.of(tenantId);
  if (most > 0 && (body?.byteLength ?? 0) > most) {
    throw new ApiError(413, 'request_entity_too_large', `the body must have at most ${most} bytes`);
  }
}

/** What a patch applies to: the export, unless the tenant takes a merge patch of a workspace for the whole of it. */
function baseOf(context: Context, { tenantId, workspaceId }: Place, document: Json, name: string): Json {
  const { mergePatchRest } = context.behaviours.of(tenantId);
  return mergePatchRest === 'drop' && workspaceId !== undefined && name === 'config-rfc7396' ? {} : document;
}

function patchOf(context: Context, { tenantId }: Place, document: Json, request: HubRequest): Json {
  const patch = parseJson(request.body);
  const { patchAdd } = context.behaviours.of(tenantId);
  return patchAdd === 'append' ? appendingToLists(document, patch) : patch;
}

/** Whatever was ordered to become of absent objects: an import of one workspace reaches nothing else, and one by a
 * document that never holds the built-in workspaces does not delete them. */
function withinReach(
  context: Context,
  { tenantId, tree, workspaceId }: Place,
  after: JsonObject,
): JsonObject {
  if (workspaceId !== undefined) {
    return withWorkspace(tree, workspaceId, objectMember(objectMember(after, 'servers'), workspaceId));
  }
  return context.behaviours.of(tenantId).builtInWorkspaces === 'shown' ? after : withBuiltInOf(tree, after);
}

/** The document that creates the clone of a workspace. Objects that carry the workspace's id keep it. */
function cloneOf({ tree, workspaceId = '' }: Place, body: Json): { destination: string; document: Json } {
  const source = existingWorkspace(tree, workspaceId);
  const destination = memberOf(body, 'destination_id');
  if (typeof destination !== 'string' || destination === '') {
    throw new ApiError(422, 'unprocessable_entity', 'destination_id must be a workspace id');
  }
  const patch = memberOf(body, 'patch') ?? {};
  return { destination, document: { servers: { [destination]: applyMergePatch(source, patch) } } };
}
