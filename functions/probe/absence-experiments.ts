import type { Json } from '../config/json/json.ts';
import { type Experiment, WRITES } from './experiment.ts';
import { kept, plain } from './findings.ts';
import { SYSTEM_UPDATE, wholeTenant, wholeTenantWith } from './probe-requests.ts';
import { at, indexInDump, omittedClient, SETTING } from './probe-workspace.ts';

const KEPT = { kept: 'the tenant keeps it', deleted: 'the tenant deletes it' };
/** What an import does with what its document lacks. */
export const ABSENCE = [
  {
    name: 'absent-object',
    question: 'What does an import do with an object that its document lacks, in a map that it has?',
    writes: WRITES.tenant,
    answers: KEPT,
    needs: ['workspace'],
    requests: (before) => [wholeTenant(before, ['clients', omittedClient(before.id)])],
    judge: (_before, after) => kept(at(after.workspace, 'clients', omittedClient(after.id))),
  },
  {
    name: 'absent-section',
    question: 'What does an import do with the objects of a section that its document lacks?',
    writes: WRITES.tenant,
    answers: KEPT,
    needs: ['workspace'],
    requests: (before) => [wholeTenant(before, ['clients'])],
    judge: (_before, after) => kept(at(after.workspace, 'clients', omittedClient(after.id))),
  },
  {
    name: 'absent-workspace',
    question: 'What does an import do with a workspace that its document lacks?',
    writes: WRITES.tenant,
    answers: KEPT,
    needs: ['workspace'],
    judgesLoss: true,
    requests: (before) => [wholeTenant(before, [])],
    judge: (_before, { workspace }) => kept(workspace ?? undefined),
  },
  {
    name: 'absent-settings',
    question:
      'What does an import do with the settings of a workspace of which its document has only objects?',
    writes: WRITES.tenant,
    answers: { kept: 'the workspace keeps them', reset: 'they are reset' },
    needs: ['workspace'],
    requests: (before) => {
      const clients = at(before.workspace, 'clients') ?? {};
      return [wholeTenantWith(before, { clients })];
    },
    judge: (_before, after) => plain(at(after.workspace, SETTING.name) === SETTING.value ? 'kept' : 'reset'),
  },
  {
    name: 'system-absent-object',
    question: 'What does an import of a dump do with an element that the dump lacks?',
    writes: WRITES.tenant,
    answers: KEPT,
    needs: ['workspace', 'dump'],
    requests: ({ id, dump }) => {
      const clients = at(dump, 'clients');
      const rest = Array.isArray(clients)
        ? clients.filter((client: Json) => at(client, 'client_id') !== omittedClient(id))
        : [];
      return [{ ...SYSTEM_UPDATE, method: 'PUT', body: { ...dump, clients: rest } }];
    },
    judge: (_before, after) => kept(at(after.workspace, 'clients', omittedClient(after.id))),
  },
  {
    name: 'system-patch-removal',
    question: 'Does the operation remove (RFC 6902) delete an element of the dump?',
    writes: WRITES.tenant,
    answers: KEPT,
    needs: ['workspace', 'dump'],
    requests: ({ id, dump }) => {
      const path = `/clients/${indexInDump(dump, 'clients', 'client_id', omittedClient(id))}`;
      const body = [
        // The dump may have changed in the meantime.
        { op: 'test', path: `${path}/client_id`, value: omittedClient(id) },
        { op: 'remove', path },
      ];
      return [{ ...SYSTEM_UPDATE, method: 'PATCH', body }];
    },
    judge: (_before, after) => kept(at(after.workspace, 'clients', omittedClient(after.id))),
  },
] as const satisfies readonly Experiment[];
