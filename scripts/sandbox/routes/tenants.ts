import { accessOf, withAutomationClients } from '../automation-clients.ts';
import { isJsonObject, type Json, type JsonObject, memberOf } from '../json.ts';
import { applyMergePatch } from '../state/patch.ts';
import { prepareTenant, SYSTEM_WORKSPACE } from '../state/tenants.ts';
import { parseJson } from './body.ts';
import type { Context, Routes } from './context.ts';
import { ApiError } from './errors.ts';

interface TenantsRoute {
  Params: { id: string };
  Body: Buffer | undefined;
}

const PATH = '/_sandbox/tenants';

/**
 * Tenants, behind the back of their APIs: what their administrators do in the console.
 *
 * - `GET /_sandbox/tenants` lists ids
 * - `POST /_sandbox/tenants`, `{"id", "tree"?, "like"?}`: a tenant with this tree, or with a copy of another one's; the answer
 *   is what an enrolment of it says
 * - `PATCH /_sandbox/tenants/<id>`: a merge patch (RFC 7396) of its tree
 */
export const tenantRoutes: Routes = (app, context) => {
  app.get(PATH, async () => ({ tenants: context.tenants.ids }));
  app.post<TenantsRoute>(PATH, async ({ body }, reply) => {
    const order = parseJson(body);
    return reply.code(201).send(asked(() => addTenant(context, order)));
  });
  app.patch<TenantsRoute>(`${PATH}/:id`, async ({ params: { id }, body }, reply) => {
    const patch = parseJson(body);
    asked(() => {
      const tree = applyMergePatch(context.tenants.get(id), patch);
      if (!isJsonObject(tree)) throw new Error('the patch must be an object');
      context.tenants.replace(id, tree);
    });
    return reply.code(204).send();
  });
};

function addTenant({ tenants, now, baseUrl }: Context, order: Json): JsonObject {
  const id = memberOf(order, 'id');
  const like = memberOf(order, 'like');
  const tree = typeof like === 'string' ? tenants.get(like) : (memberOf(order, 'tree') ?? {});
  if (typeof id !== 'string') throw new Error('id must be a string');
  if (!isJsonObject(tree)) throw new Error('tree must be an object');
  const prepared = prepareTenant(withAutomationClients(tree, undefined), now());
  tenants.create(id, prepared);
  const [client] = accessOf(prepared, undefined);
  return {
    issuer: `${baseUrl()}/${id}/${SYSTEM_WORKSPACE}`,
    clientId: client?.clientId ?? '',
    clientSecret: client?.clientSecret ?? '',
  };
}

/** @throws ApiError 400 for whatever is wrong with what was asked for */
function asked<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new ApiError(400, 'bad_request', (error as Error).message);
  }
}
