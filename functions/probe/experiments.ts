import { isBlank } from '../config/json/blank.ts';
import { canonicalJson } from '../config/json/canonical-json.ts';
import type { Json, JsonObject } from '../config/json/json.ts';
import {
  describeAnswer,
  type Experiment,
  type Finding,
  isTaken,
  type ProbeRequest,
  type Scene,
} from './experiment.ts';
import {
  at,
  clientName,
  embeddedClientId,
  indexInDump,
  omittedClient,
  SETTING,
  sentClient,
  withValue,
} from './probe-workspace.ts';

/** The largest body that a probe sends. */
export const MOST_BYTES = 16 * 1024 * 1024;
const SIZES = [1024 * 1024, 4 * 1024 * 1024, MOST_BYTES];

const KEPT = { kept: 'the tenant keeps it', deleted: 'the tenant deletes it' };
const WRITTEN = { kept: 'the object stays as it was', overwritten: 'the object is overwritten' };
const WORKSPACE = 'a workspace of its own';
const TENANT = 'a workspace of its own, and the whole tenant as it is';

/** All experiments, in the order in which they run. */
export const EXPERIMENTS = [
  {
    name: 'hub',
    question: 'May the client use the hub API?',
    writes: 'nothing',
    answers: { on: 'it may', off: 'the tenant refuses the hub' },
    needs: [],
    judgesRefusals: true,
    requests: () => [{ api: 'hub', method: 'GET', query: { with_credentials: 'false' } }],
    judge: (_before, _after, answers) => ({
      answer: answers.every(isTaken) ? 'on' : 'off',
      detail: describeLast(answers),
    }),
  },
  {
    name: 'read-scope',
    question: 'Does the scope read_configuration suffice to export?',
    writes: 'nothing',
    answers: { suffices: 'it does', 'not-granted': 'the client does not get the scope' },
    needs: [],
    judgesRefusals: true,
    requests: () => [{ api: 'hub', method: 'GET', query: { with_credentials: 'true' }, readOnly: true }],
    judge: (_before, _after, answers) => {
      if (answers.every(isTaken)) return plain('suffices');
      if (answers[0]?.code === 'AUTHENTICATION_REFUSED') return plain('not-granted');
      return { answer: 'refused', detail: describeLast(answers) };
    },
  },
  {
    name: 'rate-limit-headers',
    question: 'Which headers of rate limits do answers have?',
    writes: 'nothing',
    answers: { none: 'none', shown: 'the named ones' },
    needs: [],
    requests: () => [{ api: 'hub', method: 'GET', query: { with_credentials: 'false' } }],
    judge: (_before, _after, answers) => {
      const shown = answers.flatMap(({ headers }) => rateLimitHeaders(headers));
      return shown.length === 0 ? plain('none') : { answer: 'shown', detail: shown.join(', ') };
    },
  },
  {
    name: 'absent-object',
    question: 'What does an import do with an object that its document lacks, in a map that it has?',
    writes: TENANT,
    answers: KEPT,
    needs: ['workspace'],
    requests: (before) => [wholeTenant(before, ['clients', omittedClient(before.id)])],
    judge: (_before, after) => kept(at(after.workspace, 'clients', omittedClient(after.id))),
  },
  {
    name: 'absent-section',
    question: 'What does an import do with the objects of a section that its document lacks?',
    writes: TENANT,
    answers: KEPT,
    needs: ['workspace'],
    requests: (before) => [wholeTenant(before, ['clients'])],
    judge: (_before, after) => kept(at(after.workspace, 'clients', omittedClient(after.id))),
  },
  {
    name: 'absent-workspace',
    question: 'What does an import do with a workspace that its document lacks?',
    writes: TENANT,
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
    writes: TENANT,
    answers: { kept: 'the workspace keeps them', reset: 'they are reset' },
    needs: ['workspace'],
    requests: (before) => {
      const clients = at(before.workspace, 'clients') ?? {};
      return [wholeTenantWith(before, { clients })];
    },
    judge: (_before, after) => plain(at(after.workspace, SETTING.name) === SETTING.value ? 'kept' : 'reset'),
  },
  {
    name: 'mode-fail',
    question: 'How does an import with mode=fail answer when an object exists?',
    writes: WORKSPACE,
    answers: WRITTEN,
    needs: ['workspace'],
    requests: (before) => [changedClient(before, { mode: 'fail' })],
    judge: written,
  },
  {
    name: 'mode-ignore',
    question: 'What does an import with mode=ignore do with an object that exists?',
    writes: WORKSPACE,
    answers: WRITTEN,
    needs: ['workspace'],
    requests: (before) => [changedClient(before, { mode: 'ignore' })],
    judge: written,
  },
  {
    name: 'unknown-mode',
    question: 'What does an import do with an unknown mode?',
    writes: WORKSPACE,
    answers: WRITTEN,
    needs: ['workspace'],
    requests: (before) => [changedClient(before, { mode: 'tenant-backup-probe' })],
    judge: written,
  },
  {
    name: 'dry-run',
    question: 'Does an import with dry_run=true write?',
    writes: WORKSPACE,
    answers: { 'writes-nothing': 'it does not', writes: 'it does' },
    needs: ['workspace'],
    requests: (before) => [changedClient(before, { mode: 'update', dry_run: 'true' })],
    judge: (before, after, answers) => ({
      answer: clientName(before) === clientName(after) ? 'writes-nothing' : 'writes',
      detail: describeLast(answers),
    }),
  },
  {
    name: 'unknown-member',
    question: 'What does an import do with an unknown member?',
    writes: WORKSPACE,
    answers: { kept: 'the tenant keeps it', dropped: 'the tenant drops it' },
    needs: ['workspace'],
    requests: (before) => [toWorkspace(withValue(before.workspace ?? {}, ['tenant_backup_probe'], 'probe'))],
    judge: (_before, after) =>
      plain(at(after.workspace, 'tenant_backup_probe') === undefined ? 'dropped' : 'kept'),
  },
  {
    name: 'list-add',
    question: 'What does the operation add (RFC 6902) do at the path of a list?',
    writes: WORKSPACE,
    answers: { appended: 'it appends', replaced: 'it replaces the list', nothing: 'nothing' },
    needs: ['workspace'],
    requests: ({ id }) => [
      {
        api: 'hub',
        method: 'PATCH',
        resource: 'config-rfc6902',
        toWorkspace: true,
        query: { mode: 'update', dry_run: 'false' },
        body: [{ op: 'add', path: `/clients/${sentClient(id)}/response_types`, value: 'id_token' }],
      },
    ],
    judge: (_before, after) => {
      const list = at(after.workspace, 'clients', sentClient(after.id), 'response_types');
      const now: readonly Json[] = Array.isArray(list) ? list : [list ?? null];
      if (!now.includes('id_token')) return plain('nothing');
      return plain(now.includes('code') ? 'appended' : 'replaced');
    },
  },
  {
    name: 'redacted-secret',
    question: 'What becomes of a client secret when its client is imported without it?',
    writes: WORKSPACE,
    answers: { generated: 'a new one', kept: 'the old one', blank: 'none' },
    needs: ['workspace', 'masked'],
    requests: ({ masked }) => [toWorkspace(masked ?? {})],
    judge: (before, after) => {
      const secretOf = (scene: Scene) =>
        at(scene.workspace, 'clients', sentClient(scene.id), 'client_secret');
      return generated(secretOf(before), secretOf(after));
    },
  },
  {
    name: 'redacted-keys',
    question: 'What becomes of the keys of a workspace when it is imported without them?',
    writes: WORKSPACE,
    answers: { generated: 'new ones', kept: 'the old ones', blank: 'none' },
    needs: ['workspace', 'masked'],
    requests: ({ masked }) => [toWorkspace(masked ?? {})],
    judge: (before, after) =>
      generated(at(before.workspace, 'jwks', 'keys'), at(after.workspace, 'jwks', 'keys')),
  },
  {
    name: 'key-sets',
    question: 'Does an import with credentials keep the keys of a workspace that it changes?',
    writes: WORKSPACE,
    answers: { kept: 'the same', changed: 'others' },
    needs: ['workspace'],
    requests: (before) => [
      toWorkspace(withValue(before.workspace ?? {}, ['description'], 'Changed by a probe.')),
    ],
    judge: (before, after) => {
      const [was, is] = [before, after].map(({ workspace }) => canonicalJson(at(workspace, 'jwks') ?? null));
      return plain(was === is ? 'kept' : 'changed');
    },
  },
  {
    name: 'embedded-client-id',
    question: 'Does an import keep the id of a client that lies in another object?',
    writes: WORKSPACE,
    answers: { kept: 'it does', changed: 'the client gets a new id' },
    needs: ['workspace', 'dump'],
    requests: (before) => [changedClient(before, { mode: 'update' })],
    judge: (before, after) => {
      const [was, is] = [embeddedClientId(before), embeddedClientId(after)];
      if (typeof was !== 'string' || typeof is !== 'string') return unknown('the dump has no such client');
      return plain(was === is ? 'kept' : 'changed');
    },
  },
  {
    name: 'system-absent-object',
    question: 'What does an import of a dump do with an element that the dump lacks?',
    writes: TENANT,
    answers: KEPT,
    needs: ['workspace', 'dump'],
    requests: ({ id, dump }) => {
      const clients = at(dump, 'clients');
      const rest = Array.isArray(clients)
        ? clients.filter((client: Json) => at(client, 'client_id') !== omittedClient(id))
        : [];
      return [{ api: 'system', method: 'PUT', query: { mode: 'update' }, body: { ...dump, clients: rest } }];
    },
    judge: (_before, after) => kept(at(after.workspace, 'clients', omittedClient(after.id))),
  },
  {
    name: 'system-patch-removal',
    question: 'Does the operation remove (RFC 6902) delete an element of the dump?',
    writes: TENANT,
    answers: KEPT,
    needs: ['workspace', 'dump'],
    requests: ({ id, dump }) => {
      const path = `/clients/${indexInDump(dump, 'clients', 'client_id', omittedClient(id))}`;
      const body = [
        // The dump may have changed in the meantime.
        { op: 'test', path: `${path}/client_id`, value: omittedClient(id) },
        { op: 'remove', path },
      ];
      return [{ api: 'system', method: 'PATCH', query: { mode: 'update' }, body }];
    },
    judge: (_before, after) => kept(at(after.workspace, 'clients', omittedClient(after.id))),
  },
  {
    name: 'size-limit',
    question: `Does an import of up to ${MOST_BYTES / 1024 / 1024} MiB meet a limit?`,
    writes: WORKSPACE,
    answers: { none: 'no', limited: 'yes' },
    needs: ['workspace'],
    judgesRefusals: true,
    requests: ({ workspace }) =>
      SIZES.map((sizeBytes) => ({
        ...toWorkspace(workspace ?? {}, { mode: 'update', dry_run: 'true' }),
        sizeBytes,
      })),
    judge: (_before, _after, answers) => {
      const taken = answers.filter(isTaken).length;
      if (taken === SIZES.length) return plain('none');
      const refused = (SIZES[taken] ?? 0) / 1024 / 1024;
      return { answer: 'limited', detail: `${refused} MiB: ${describeLast(answers)}` };
    },
  },
] as const satisfies readonly Experiment[];

export type ExperimentName = (typeof EXPERIMENTS)[number]['name'];

const plain = (answer: string): Omit<Finding, 'name'> => ({ answer, detail: null });
const unknown = (detail: string): Omit<Finding, 'name'> => ({ answer: 'unknown', detail });
const kept = (object: Json | undefined) => plain(object === undefined ? 'deleted' : 'kept');

const describeLast = (answers: Parameters<Experiment['judge']>[2]): string | null => {
  const last = answers.at(-1);
  return last === undefined ? null : describeAnswer(last);
};

function written(before: Scene, after: Scene): Omit<Finding, 'name'> {
  return plain(clientName(before) === clientName(after) ? 'kept' : 'overwritten');
}

function generated(before: Json | undefined, after: Json | undefined): Omit<Finding, 'name'> {
  if (isBlank(before)) return unknown('there was none before');
  if (isBlank(after)) return plain('blank');
  const [was, is] = [before, after].map((value) => canonicalJson(value ?? null));
  return plain(was === is ? 'kept' : 'generated');
}

const toWorkspace = (
  body: JsonObject,
  query: ProbeRequest['query'] = { mode: 'update', dry_run: 'false' },
): ProbeRequest => ({ api: 'hub', method: 'POST', toWorkspace: true, query, body });

const changedClient = ({ id, workspace }: Scene, query: Readonly<Record<string, string>>): ProbeRequest =>
  toWorkspace(withValue(workspace ?? {}, ['clients', sentClient(id), 'client_name'], 'Changed'), {
    dry_run: 'false',
    ...query,
  });

/** Imports the whole tenant, but for one place in the experiment's workspace: whatever an import does with what it lacks, the
 * rest of the tenant stays.
 * @param omitted path in the workspace; empty for the workspace itself */
const wholeTenant = (before: Scene, omitted: readonly string[]): ProbeRequest =>
  wholeTenantWith(
    before,
    omitted.length === 0 ? undefined : withValue(before.workspace ?? {}, omitted, undefined),
  );

const wholeTenantWith = ({ tree, id }: Scene, workspace: JsonObject | undefined): ProbeRequest => ({
  api: 'hub',
  method: 'POST',
  query: { mode: 'update', dry_run: 'false' },
  body: withValue(tree, ['servers', id], workspace),
});

const RATE_LIMIT = /rate-?limit/i;

/** Returns headers of rate limits. Values are shown only if they are numbers: nothing else can be told from a secret. */
const rateLimitHeaders = (headers: Parameters<Experiment['judge']>[2][number]['headers']): string[] =>
  Object.entries(headers).flatMap(([name, value]) =>
    RATE_LIMIT.test(name) ? [/^\d{1,12}$/.test(String(value)) ? `${name}=${value}` : name] : [],
  );
