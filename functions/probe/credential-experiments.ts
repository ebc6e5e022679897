import { canonicalJson } from '../config/json/canonical-json.ts';
import { type Experiment, type Scene, WRITES } from './experiment.ts';
import { generated, plain, unknown } from './findings.ts';
import { changedClient, toWorkspace } from './probe-requests.ts';
import { at, embeddedClientId, sentClient, withValue } from './probe-workspace.ts';

/** What an import does with credentials and ids. */
export const CREDENTIALS = [
  {
    name: 'redacted-secret',
    question: 'Which secret does a client have after an import without it?',
    writes: WRITES.workspace,
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
    question: 'Which keys does a workspace have after an import without them?',
    writes: WRITES.workspace,
    answers: { generated: 'new ones', kept: 'the old ones', blank: 'none' },
    needs: ['workspace', 'masked'],
    requests: ({ masked }) => [toWorkspace(masked ?? {})],
    judge: (before, after) =>
      generated(at(before.workspace, 'jwks', 'keys'), at(after.workspace, 'jwks', 'keys')),
  },
  {
    name: 'key-sets',
    question: 'Does an import with credentials keep the keys of a workspace that it changes?',
    writes: WRITES.workspace,
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
    writes: WRITES.workspace,
    answers: { kept: 'it does', changed: 'the client gets a new id' },
    needs: ['workspace', 'dump'],
    requests: (before) => [changedClient(before, { mode: 'update' })],
    judge: (before, after) => {
      const [was, is] = [embeddedClientId(before), embeddedClientId(after)];
      if (typeof was !== 'string' || typeof is !== 'string') return unknown('the dump has no such client');
      return plain(was === is ? 'kept' : 'changed');
    },
  },
] as const satisfies readonly Experiment[];
