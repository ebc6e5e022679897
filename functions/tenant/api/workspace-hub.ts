import { isTenantBackupError, TenantBackupError } from '../../errors.ts';
import type { Enrolment } from '../enrolment/enrolment.ts';
import type { Hub } from './hub.client.ts';

/** The hub API of a tenant of which some workspaces are enrolled. The trees of these, put together, are its export: a tenant with
 * nothing but its workspaces. Writes go to the tenant as such, which takes such a tree as well.
 * @throws WORKSPACE_NOT_FOUND from exports, naming the workspace that the enrolment lists and the tenant does not have */
export const ofWorkspaces = (hub: Hub, { name, workspaces }: Enrolment): Hub =>
  workspaces === undefined
    ? hub
    : {
        ...hub,
        async exportTree({ withCredentials, workspace }) {
          if (workspace !== undefined) return hub.exportTree({ withCredentials, workspace });
          const pieces: Uint8Array[] = [];
          // One by one: bursts are refused.
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
      `enrolment "${enrolment}" lists workspace "${workspace}", which is not there: ${error.message}`,
      { ...error.facts, workspace },
    );
  };
