/** The requests of experiments. */
import type { Json, JsonObject } from '../config/json/json.ts';
import type { ProbeRequest, Scene } from './experiment.ts';
import { sentClient, withValue } from './probe-workspace.ts';

export const UPDATE = { mode: 'update', dry_run: 'false' };

/** The hub's query and the system API's differ: dumps have no dry run. */
export const SYSTEM_UPDATE = { api: 'system', query: { mode: 'update' } } as const;

/** Imports the experiment's workspace. */
export const toWorkspace = (body: JsonObject, query: ProbeRequest['query'] = UPDATE): ProbeRequest => ({
  api: 'hub',
  method: 'POST',
  toWorkspace: true,
  query,
  body,
});

export const patchWorkspace = (format: 'rfc6902' | 'rfc7396', body: Json): ProbeRequest => ({
  api: 'hub',
  method: 'PATCH',
  resource: `config-${format}`,
  toWorkspace: true,
  query: UPDATE,
  body,
});

/** Imports the experiment's workspace with another name of the sent client. */
export const changedClient = ({ id, workspace }: Scene, query: ProbeRequest['query']): ProbeRequest =>
  toWorkspace(withValue(workspace ?? {}, ['clients', sentClient(id), 'client_name'], 'Changed'), {
    ...UPDATE,
    ...query,
  });

/** Imports the whole tenant, but for one place in the experiment's workspace. Whatever an import does with what it lacks, the rest
 * of the tenant stays.
 * @param omitted path in the workspace; empty for the workspace itself */
export const wholeTenant = (before: Scene, omitted: readonly string[]): ProbeRequest =>
  wholeTenantWith(
    before,
    omitted.length === 0 ? undefined : withValue(before.workspace ?? {}, omitted, undefined),
  );

export const wholeTenantWith = ({ tree, id }: Scene, workspace: JsonObject | undefined): ProbeRequest => ({
  api: 'hub',
  method: 'POST',
  query: UPDATE,
  body: withValue(tree, ['servers', id], workspace),
});
