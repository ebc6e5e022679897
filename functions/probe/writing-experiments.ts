import type { Json } from '../config/json/json.ts';
import { type Experiment, WRITES } from './experiment.ts';
import { describeLast, isTaken, plain, written } from './findings.ts';
import { changedClient, patchWorkspace, toWorkspace, UPDATE } from './probe-requests.ts';
import { at, clientName, omittedClient, SETTING, sentClient, withValue } from './probe-workspace.ts';

/** The largest body that a probe sends. */
const MOST_BYTES = 16 * 1024 * 1024;
const SIZES = [1024 * 1024, 4 * 1024 * 1024, MOST_BYTES];

const WRITTEN = { kept: 'the object stays as it was', overwritten: 'the object is overwritten' };
/** How the tenant takes an import or a patch. */
export const WRITING = [
  {
    name: 'mode-fail',
    question: 'How does an import with mode=fail answer when an object exists?',
    writes: WRITES.workspace,
    answers: WRITTEN,
    needs: ['workspace'],
    requests: (before) => [changedClient(before, { mode: 'fail' })],
    judge: written,
  },
  {
    name: 'mode-ignore',
    question: 'What does an import with mode=ignore do with an object that exists?',
    writes: WRITES.workspace,
    answers: WRITTEN,
    needs: ['workspace'],
    requests: (before) => [changedClient(before, { mode: 'ignore' })],
    judge: written,
  },
  {
    name: 'unknown-mode',
    question: 'What does an import do with an unknown mode?',
    writes: WRITES.workspace,
    answers: WRITTEN,
    needs: ['workspace'],
    requests: (before) => [changedClient(before, { mode: 'tenant-backup-probe' })],
    judge: written,
  },
  {
    name: 'dry-run',
    question: 'Does an import with dry_run=true write?',
    writes: WRITES.workspace,
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
    writes: WRITES.workspace,
    answers: { kept: 'the tenant keeps it', dropped: 'the tenant drops it' },
    needs: ['workspace'],
    requests: (before) => [toWorkspace(withValue(before.workspace ?? {}, ['tenant_backup_probe'], 'probe'))],
    judge: (_before, after) =>
      plain(at(after.workspace, 'tenant_backup_probe') === undefined ? 'dropped' : 'kept'),
  },
  {
    name: 'merge-patch-rest',
    question: 'Does a merge patch (RFC 7396) keep what it does not name?',
    writes: WRITES.workspace,
    answers: { kept: 'it does', lost: 'it does not', nothing: 'the patch changes nothing' },
    needs: ['workspace'],
    requests: ({ id }) => [
      patchWorkspace('rfc7396', { clients: { [sentClient(id)]: { client_name: 'Changed' } } }),
    ],
    judge: (before, after) => {
      if (clientName(before) === clientName(after)) return plain('nothing');
      const rest = [
        at(after.workspace, SETTING.name),
        at(after.workspace, 'clients', omittedClient(after.id)),
        at(after.workspace, 'clients', sentClient(after.id), 'redirect_uris'),
      ];
      return plain(rest.includes(undefined) ? 'lost' : 'kept');
    },
  },
  {
    name: 'list-add',
    question: 'What does the operation add (RFC 6902) do at the path of a list?',
    writes: WRITES.workspace,
    answers: { appended: 'it appends', replaced: 'it replaces the list', nothing: 'nothing' },
    needs: ['workspace'],
    requests: ({ id }) => [
      patchWorkspace('rfc6902', [
        { op: 'add', path: `/clients/${sentClient(id)}/response_types`, value: 'id_token' },
      ]),
    ],
    judge: (_before, after) => {
      const list = at(after.workspace, 'clients', sentClient(after.id), 'response_types');
      const now: readonly Json[] = Array.isArray(list) ? list : [list ?? null];
      if (!now.includes('id_token')) return plain('nothing');
      return plain(now.includes('code') ? 'appended' : 'replaced');
    },
  },
  {
    name: 'size-limit',
    question: `Does an import of up to ${MOST_BYTES / 1024 / 1024} MiB meet a limit?`,
    writes: WRITES.workspace,
    answers: { none: 'no', limited: 'yes' },
    needs: ['workspace'],
    judgesRefusals: true,
    requests: ({ workspace }) =>
      SIZES.map((sizeBytes) => ({
        ...toWorkspace(workspace ?? {}, { ...UPDATE, dry_run: 'true' }),
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
