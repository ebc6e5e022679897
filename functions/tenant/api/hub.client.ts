import type { ImportMode } from '../http/import-mode.ts';
import type { Api } from './api.client.ts';
import { describeMode, hubRequest, idempotencyHeader, type PatchFormat } from './requests.ts';

/** The hub API of one tenant: its whole configuration, or that of a workspace, as one tree.
 * @see https://docs.secureauth.com/ciam/en/export-and-import-tenant-configuration.html */
export interface Hub {
  /** @param options `workspace`: the id of the one workspace to export
   * @returns the document as the tenant sent it: UTF-8 JSON of a whole tree
   * @throws the errors of `Api.read` */
  exportTree(options: { withCredentials: boolean; workspace?: string | undefined }): Promise<Buffer>;
  /** Sends a tree to the tenant. A success proves little: callers export again and compare.
   * @param options `workspace`: the tree is of this workspace, which the tenant creates if it does not exist.
   * `idempotencyKey`: 32 to 255 characters; a repetition within a minute replays the first answer
   * @throws the errors of `Api.write` */
  importTree(tree: string | Buffer, options: WriteOptions & { idempotencyKey: string }): Promise<void>;
  /** Changes a tree: the tenant applies the patch to its export and imports the result.
   * @param patch JSON of operations (RFC 6902), or of the members to merge (RFC 7396)
   * @throws the errors of `Api.write` */
  patchTree(patch: string | Buffer, options: WriteOptions & { format: PatchFormat }): Promise<void>;
}

export interface WriteOptions {
  readonly mode: ImportMode;
  readonly dryRun: boolean;
  readonly workspace?: string | undefined;
}

export function createHub(api: Api): Hub {
  return {
    async exportTree({ withCredentials, workspace }) {
      const query = { with_credentials: String(withCredentials) };
      const { url, what } = hubRequest(api.enrolment, 'config', workspace, query);
      return api.read({
        api: 'hub',
        kind: 'export',
        what: `export of ${what} ${withCredentials ? 'with' : 'without'} credentials`,
        method: 'GET',
        url,
      });
    },

    async importTree(tree, { mode, dryRun, idempotencyKey, workspace }) {
      const query = { mode, dry_run: String(dryRun) };
      const { url, what } = hubRequest(api.enrolment, 'config', workspace, query);
      await api.write({
        api: 'hub',
        kind: 'import',
        what: `import into ${what} ${describeMode(mode, dryRun)}`,
        mode,
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json', ...idempotencyHeader(idempotencyKey) },
        body: tree,
      });
    },

    async patchTree(patch, { format, mode, dryRun, workspace }) {
      const query = { mode, dry_run: String(dryRun) };
      const { url, what } = hubRequest(api.enrolment, `config-${format}`, workspace, query);
      await api.write({
        api: 'hub',
        kind: 'import',
        what: `patch of ${what} ${describeMode(mode, dryRun)}`,
        mode,
        method: 'PATCH',
        url,
        headers: { 'content-type': 'application/json' },
        body: patch,
      });
    },
  };
}
