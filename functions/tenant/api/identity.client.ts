import type { ImportMode } from '../http/import-mode.ts';
import type { Api } from './api.client.ts';
import { describeMode, dumpRequest } from './requests.ts';

/** The identity API of one tenant: its pools, schemas, users and their credentials, as flat lists.
 * @see https://docs.secureauth.com/ciam/en/export-and-import-users.html */
export interface IdentityApi {
  /** Exports the whole dump.
   * @returns the document as the tenant sent it: UTF-8 JSON of an identity dump
   * @throws the errors of `Api.read` */
  exportDump(): Promise<Buffer>;
  /** Sends a dump: every entry overwrites the whole entry with the same id. The vendor's guide allows at most 100
   * users in one import.
   * @throws the errors of `Api.write` */
  importDump(dump: string | Buffer): Promise<void>;
  /** Patches the dump.
   * @param patch JSON of RFC 6902 operations
   * @throws the errors of `Api.write` */
  patchDump(patch: string | Buffer, options: { mode: ImportMode }): Promise<void>;
}

export function createIdentityApi(api: Api): IdentityApi {
  const headers = { 'content-type': 'application/json' };
  return {
    async exportDump() {
      const { url, what } = dumpRequest(api.enrolment, 'identity', {}, true);
      return api.read({ api: 'identity', kind: 'export', what: `export of ${what}`, method: 'GET', url });
    },
    async importDump(dump) {
      const { url, what } = dumpRequest(api.enrolment, 'identity', {}, false);
      await api.write({
        api: 'identity',
        kind: 'import',
        what: `import into ${what}`,
        method: 'PUT',
        url,
        headers,
        body: dump,
      });
    },
    async patchDump(patch, { mode }) {
      const { url, what } = dumpRequest(api.enrolment, 'identity', { mode }, true);
      await api.write({
        api: 'identity',
        kind: 'import',
        what: `patch of ${what} ${describeMode(mode)}`,
        mode,
        method: 'PATCH',
        url,
        headers,
        body: patch,
      });
    },
  };
}
