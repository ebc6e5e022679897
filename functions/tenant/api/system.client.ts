import type { ImportMode } from '../http/import-mode.ts';
import type { Api } from './api.client.ts';
import { describeMode, dumpRequest } from './requests.ts';

/** The system API of one tenant: its configuration as flat lists, always with credentials. There is no dry run.
 * @see https://docs.secureauth.com/ciam/en/export-and-import-tenant-configuration.html */
export interface SystemApi {
  /** @param options `workspace`: only this workspace's content. `withData`: also runtime data, such as consents
   * @returns the document as the tenant sent it: UTF-8 JSON of a dump
   * @throws the errors of `Api.read` */
  exportDump(options?: { workspace?: string | undefined; withData?: boolean }): Promise<Buffer>;
  /** Sends a dump. For an enrolment of all tenants, the dump itself names the tenant.
   * @throws the errors of `Api.write` */
  importDump(dump: string | Buffer, options: { mode: ImportMode }): Promise<void>;
  /** Patches the dump.
   * @param patch JSON of RFC 6902 operations
   * @throws the errors of `Api.write` */
  patchDump(patch: string | Buffer, options: { mode: ImportMode }): Promise<void>;
}

export function createSystemApi(api: Api): SystemApi {
  const write = async (method: 'PUT' | 'PATCH', body: string | Buffer, mode: ImportMode) => {
    const { url, what } = dumpRequest(api.enrolment, 'system', { mode }, method === 'PATCH');
    await api.write({
      api: 'system',
      kind: 'import',
      what: `${method === 'PUT' ? 'import into' : 'patch of'} ${what} ${describeMode(mode)}`,
      mode,
      method,
      url,
      headers: { 'content-type': 'application/json' },
      body,
    });
  };
  return {
    async exportDump({ workspace, withData = false } = {}) {
      const query = {
        with_data: String(withData),
        ...(workspace !== undefined && { workspace_id: workspace }),
      };
      const { url, what } = dumpRequest(api.enrolment, 'system', query, true);
      const whose = workspace === undefined ? what : `${what}, workspace ${workspace}`;
      return api.read({ api: 'system', kind: 'export', what: `export of ${whose}`, method: 'GET', url });
    },
    importDump: (dump, { mode }) => write('PUT', dump, mode),
    patchDump: (patch, { mode }) => write('PATCH', patch, mode),
  };
}
