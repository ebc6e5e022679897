import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from '../faults.ts';
import { filterMembers, isJsonObject, type Json, type JsonObject, memberOf, pointerTokens } from '../json.ts';
import { IMPORT_MODES, importDocument } from '../state/import.ts';
import { redactTenant, redactWorkspace } from '../state/redact.ts';
import { workspaceOf } from '../state/tenants.ts';
import { danglingReferences, wrongKinds } from '../state/validate.ts';
import { authorize } from './access.ts';
import type { Context, Routes } from './context.ts';
import { ApiError } from './errors.ts';
import { flag, oneOf, type Query } from './query.ts';

const READ = ['read_configuration', 'manage_configuration'];
const WRITE = ['manage_configuration'];

interface TenantRoute {
  Params: { tid: string };
  Querystring: Query;
  Body: Buffer | undefined;
}

interface WorkspaceRoute extends TenantRoute {
  Params: { tid: string; wid: string };
}

/** Export and import of trees: `/api/hub/{tid}/promote/config` and the same for one workspace. */
export const hubRoutes: Routes = (app, context) => {
  const tenantPath = '/api/hub/:tid/promote/config';
  const workspacePath = '/api/hub/:tid/workspaces/:wid/promote/config';

  app.get<TenantRoute>(tenantPath, { config: { requestKind: 'export' } }, async (request) => {
    const tree = authorize(context, request, request.params.tid, READ);
    return wantsCredentials(request) ? tree : redactTenant(tree);
  });

  app.get<WorkspaceRoute>(workspacePath, { config: { requestKind: 'export' } }, async (request) => {
    const { tid, wid } = request.params;
    const workspace = workspaceOf(authorize(context, request, tid, READ), wid);
    if (workspace === undefined) throw new ApiError(404, 'not_found', `no workspace ${wid} of tenant ${tid}`);
    return wantsCredentials(request) ? workspace : redactWorkspace(workspace);
  });

  app.post<TenantRoute>(tenantPath, { config: { requestKind: 'import' } }, async (request, reply) => {
    const tree = authorize(context, request, request.params.tid, WRITE);
    return importInto(context, request, reply, tree, parseJson(request.body));
  });

  app.post<WorkspaceRoute>(workspacePath, { config: { requestKind: 'import' } }, async (request, reply) => {
    const tree = authorize(context, request, request.params.tid, WRITE);
    // A workspace is imported as a tenant that holds nothing else, so that both ways follow the same rules.
    const document = { servers: { [request.params.wid]: parseJson(request.body) } };
    return importInto(context, request, reply, tree, document);
  });
};

function wantsCredentials({ query, fault }: FastifyRequest<TenantRoute>): boolean {
  return flag(query, 'with_credentials') && fault?.kind !== 'redacted';
}

/** @throws ApiError 400 for an unknown mode; 422 for a broken document, or an existing object with `mode=fail` */
function importInto(
  { tenants, now }: Context,
  { query, params, fault }: FastifyRequest<TenantRoute>,
  reply: FastifyReply,
  tree: JsonObject,
  body: Json,
): FastifyReply {
  // What the vendor's guide names as the default of imports; its descriptions name none.
  const mode = oneOf(query, 'mode', IMPORT_MODES, 'ignore');
  const dryRun = flag(query, 'dry_run');
  refuse('document is broken', wrongKinds(body));
  const document = body as JsonObject;
  refuse('document has dangling references', danglingReferences(document, tree));
  const result = importDocument(tree, withoutSkipped(document, fault), mode, now());
  refuse(
    'objects exist already',
    result.conflicts.map((pointer) => ({ pointer, problem: 'exists already' })),
  );
  if (!dryRun) tenants.replace(params.tid, result.tree);
  return reply.code(204).send();
}

function refuse(message: string, problems: readonly { pointer: string; problem: string }[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const details = { problems: problems.slice(0, 100).map((problem) => ({ ...problem })) };
  throw new ApiError(
    422,
    'unprocessable_entity',
    `${message}: ${first.pointer || '/'}: ${first.problem}`,
    details,
  );
}

/** What is left of a document when the sandbox is told to skip an object, or everything. */
function withoutSkipped(document: JsonObject, fault: Fault | null): JsonObject {
  if (fault?.kind !== 'skip-import') return document;
  return fault.pointer === undefined ? {} : without(document, pointerTokens(fault.pointer));
}

function without(value: JsonObject, [token = '', ...rest]: readonly string[]): JsonObject {
  if (rest.length === 0) return filterMembers(value, (name) => name !== token);
  const member = memberOf(value, token);
  return isJsonObject(member) ? { ...value, [token]: without(member, rest) } : value;
}

/** JSON whatever the content type says, or whether there is one: the vendor's own scripts send none.
 * @throws ApiError 400
 */
function parseJson(body: Buffer | undefined): Json {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as Json;
  } catch {
    throw new ApiError(400, 'bad_request', 'the body must be JSON in UTF-8');
  }
}
