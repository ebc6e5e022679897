import { isTenantBackupError, TenantBackupError } from '../../errors.ts';
import type { Enrolment } from '../enrolment/enrolment.ts';
import type { Hub } from './hub.client.ts';

/** Wraps the hub API for an enrolment that lists workspaces. The export is a tenant's tree with only these
 * workspaces. Writes go to the tenant itself, which accepts such a tree.
 * @throws WORKSPACE_NOT_FOUND from exports, naming a listed workspace that the tenant lacks */
export const ofWorkspaces = (hub: Hub, { name, workspaces }: Enrolment): Hub =>
  workspaces === undefined
    ? hub
    : {
        ...hub,
        async exportTree({ withCredentials, workspace }) {
          if (workspace !== undefined) return hub.exportTree({ withCredentials, workspace });
          const pieces: Uint8Array[] = [];
          // One by one, because the tenant refuses bursts.
          for (const id of workspaces) {
            const tree = await hub
              .exportTree({ withCredentials, workspace: id })
              .catch(noSuchWorkspace(name, id));
            pieces.push(Buffer.from(`${pieces.length === 0 ? '' : ','}${JSON.stringify(id)}:`), tree);
          }
          return Buffer.concat([Buffer.from('{"servers":{'), ...pieces, Buffer.from('}}')]);
        },
      };

const noSuchWorkspace =
  (enrolment: string, workspace: string) =>
  (error: unknown): never => {
    if (!isTenantBackupError(error) || error.code !== 'TENANT_NOT_FOUND') throw error;
    throw new TenantBackupError(
      'WORKSPACE_NOT_FOUND',
      `enrolment "${enrolment}" lists workspace "${workspace}", which the tenant does not have: ${error.message}`,
      { ...error.facts, workspace },
    );
  };
