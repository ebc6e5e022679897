import { isBlank } from '../config/json/blank.ts';
import { isObject, type Json, type JsonObject, parseJson, stringifyJson } from '../config/json/json.ts';
import { isTenantBackupError, TenantBackupError } from '../errors.ts';
import { dumpRequest, hubRequest } from '../tenant/api/requests.ts';
import type { Tenant } from '../tenant/api/tenant.client.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import { type ApiRequest, errorCodesOf } from '../tenant/http/response.ts';
import type { ProbeAnswer, ProbeRequest, Scene } from './experiment.ts';
import { at, indexInDump } from './probe-workspace.ts';

/** The scratch tenant, with every request that a probe makes. */
export interface Laboratory {
  /** Tells whether a document that is imported whole would cost the probe its own client: it lacks the client's secret, in place of
   * which the tenant generates another one. */
  locksOut(scene: Pick<Scene, 'tree' | 'dump'>): boolean;
  /** Sends a request. A refusal is an answer, and so is a connection that breaks.
   * @param workspace id of the experiment's workspace */
  send(request: ProbeRequest, workspace: string): Promise<ProbeAnswer>;
  createWorkspace(id: string, workspace: JsonObject): Promise<ProbeAnswer>;
  /** Deletes a workspace: by a merge patch, or if that deletes nothing, by an operation of RFC 6902. */
  removeWorkspace(id: string): Promise<void>;
  /** Exports the whole tree, with credentials. */
  exportTenant(): Promise<JsonObject>;
  /** @returns null if the tenant has no such workspace */
  exportWorkspace(id: string, withCredentials: boolean): Promise<JsonObject | null>;
  /** @returns null if the tenant refuses it */
  exportDump(): Promise<JsonObject | null>;
  /** Returns the version that the headers of the answers named so far, or null. */
  productVersion(): string | null;
}

export interface LaboratoryTools {
  readonly enrolment: Enrolment;
  readonly apis: Pick<Tenant, 'exchange'>;
  /** The same with a token of the scope `read_configuration` alone. */
  readonly reader: Pick<Tenant, 'exchange'>;
}

export function openLaboratory({ enrolment, apis, reader }: LaboratoryTools): Laboratory {
  let version: string | null = null;

  const exchange = async (request: ProbeRequest, workspace: string) => {
    const sent = apiRequest(enrolment, request, workspace);
    const answer = await (request.readOnly ? reader : apis).exchange(sent);
    version ??= versionIn(answer.headers);
    return answer;
  };

  const send: Laboratory['send'] = async (request, workspace) => {
    try {
      const { status, headers, body } = await exchange(request, workspace);
      const { error, errorCode } = status < 300 ? {} : errorCodesOf(body);
      return { status, headers, code: errorCode ?? error ?? null };
    } catch (error) {
      // The operation itself is over: no answer of the tenant.
      if (!isTenantBackupError(error) || error.code === 'OUT_OF_TIME') throw error;
      return { status: 0, headers: {}, code: error.code };
    }
  };

  const exportFrom = async (request: ProbeRequest, workspace = ''): Promise<JsonObject | null> => {
    const { status, body } = await exchange(request, workspace);
    const document: Json = status === 200 ? parseJson(body) : null;
    if (isObject(document)) return document;
    if (status === 403 || status === 404) return null;
    throw new TenantBackupError('EXPORT_MALFORMED', `an export of the probe was answered ${status}`, {
      status,
    });
  };

  const exportWorkspace: Laboratory['exportWorkspace'] = (id, withCredentials) =>
    exportFrom(
      { api: 'hub', method: 'GET', toWorkspace: true, query: { with_credentials: String(withCredentials) } },
      id,
    );

  return {
    locksOut: (scene) =>
      enrolment.authentication.startsWith('client_secret') && isSecretBlank(scene, enrolment.clientId),
    send,
    createWorkspace: (id, workspace) =>
      send(
        {
          api: 'hub',
          method: 'POST',
          toWorkspace: true,
          query: { mode: 'update', dry_run: 'false' },
          body: workspace,
        },
        id,
      ),
    async removeWorkspace(id) {
      const removal = { api: 'hub', method: 'PATCH', query: { mode: 'update', dry_run: 'false' } } as const;
      const ways: ProbeRequest[] = [
        { ...removal, resource: 'config-rfc7396', body: { servers: { [id]: null } } },
        { ...removal, resource: 'config-rfc6902', body: [{ op: 'remove', path: `/servers/${id}` }] },
      ];
      for (const way of ways) {
        if ((await exportWorkspace(id, false)) === null) return;
        await send(way, id);
      }
    },
    async exportTenant() {
      const tree = await exportFrom({ api: 'hub', method: 'GET', query: { with_credentials: 'true' } });
      if (tree !== null) return tree;
      throw new TenantBackupError('PERMISSION_DENIED', 'the tenant refuses the export of the hub', {});
    },
    exportWorkspace,
    exportDump: () => exportFrom({ api: 'system', method: 'GET', query: { with_data: 'false' } }),
    productVersion: () => version,
  };
}

function apiRequest(enrolment: Enrolment, request: ProbeRequest, workspace: string): ApiRequest {
  const { api, method, query, body, resource = 'config', toWorkspace = false, sizeBytes = 0 } = request;
  const { url, what } =
    api === 'hub'
      ? hubRequest(enrolment, resource, toWorkspace ? workspace : undefined, query)
      : dumpRequest(enrolment, 'system', query, method !== 'PUT');
  return {
    api,
    kind: method === 'GET' ? 'export' : 'import',
    what: `probe of ${what}`,
    method,
    url,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: padded(stringifyJson(body), sizeBytes),
    }),
  };
}

function isSecretBlank({ tree, dump }: Pick<Scene, 'tree' | 'dump'>, clientId: string): boolean {
  const inDump = at(dump, 'clients', String(indexInDump(dump, 'clients', 'client_id', clientId)));
  const shown = [at(tree, 'servers', 'system', 'clients', clientId), inDump].filter(isObject);
  return shown.some((client) => isBlank(client['client_secret']) && isBlank(client['hashed_secret']));
}

/** Appends white space, which JSON allows after a value. */
const padded = (text: string, sizeBytes: number): string =>
  text + ' '.repeat(Math.max(sizeBytes - Buffer.byteLength(text), 0));

const VERSION_HEADER = /^x-[a-z-]*version$/;
const VERSION = /^[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}$/;

/** Returns the version that a header names, if there is one. */
function versionIn(headers: ProbeAnswer['headers']): string | null {
  const [, value] = Object.entries(headers).find(([name]) => VERSION_HEADER.test(name)) ?? [];
  return typeof value === 'string' && VERSION.test(value) ? value : null;
}
