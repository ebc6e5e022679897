import { describe, expect, test } from 'vitest';
import { planChanges } from '../../../functions/config/change/change-set.ts';
import { planDumpChanges } from '../../../functions/config/change/dump-change-set.ts';
import type { Json } from '../../../functions/config/json/json.ts';
import { undoingChanges } from '../../../functions/restore/parts/hub-part.ts';
import {
  isVerified,
  verificationError,
  verifyDump,
  verifyTree,
} from '../../../functions/restore/parts/verification.ts';

/** A tenant with one workspace of some clients; each client's only member is its name. */
const tenant = (clients: Record<string, string>, name = 'Acme'): Json => ({
  name,
  servers: {
    main: {
      name: 'Main',
      clients: Object.fromEntries(
        Object.entries(clients).map(([id, clientName]) => [id, { client_name: clientName }]),
      ),
    },
  },
});

const at = (id: string) => `/servers/main/clients/${id}`;

const backup = tenant({ portal: 'Portal', app: 'App', gone: 'Gone' });
const live = tenant({ portal: 'Portal', app: 'Other', more: 'More' });

describe('a verification', () => {
  test('counts every object that the operation is about, by type', () => {
    const verification = verifyTree(planChanges(backup, live, { mode: 'update', prune: true }), backup);
    expect(verification).toMatchObject({
      compared: 6,
      equal: 6,
      differences: [],
      lost: [],
      insisted: [],
      extra: 0,
    });
    expect(verification.objects).toEqual({
      tenant: { compared: 1, equal: 1 },
      server: { compared: 1, equal: 1 },
      client: { compared: 4, equal: 4 },
    });
    expect(isVerified(verification)).toBe(true);
  });

  test('counts what stays and what has come into being beside the target state, in trees and dumps', () => {
    const changes = planChanges(backup, live, { mode: 'update' });
    const made = { portal: 'Portal', app: 'App', gone: 'Gone', more: 'More', made: 'Made by the import' };
    expect(verifyTree(changes, tenant(made))).toMatchObject({ differences: [], extra: 2 });

    const dump = (...ids: string[]) => ({
      tenant: { id: 'acme' },
      clients: ids.map((client_id) => ({
        tenant_id: 'acme',
        authorization_server_id: 'system',
        client_id,
      })),
    });
    const planned = planDumpChanges(dump('portal'), dump('more'), { mode: 'update' });
    const verification = verifyDump(planned, dump('portal', 'more', 'made'));
    expect(verification).toMatchObject({ differences: [], extra: 2 });
  });

  test('finds what is missing, what differs and what should have been deleted', () => {
    const verification = verifyTree(planChanges(backup, live, { mode: 'update', prune: true }), live);
    expect(verification.differences.map(({ pointer, kind }) => [pointer, kind])).toEqual([
      [at('app'), 'changed'],
      [at('gone'), 'missing'],
      [at('more'), 'extra'],
    ]);
    expect(verification).toMatchObject({ compared: 6, equal: 3 });
    expect(isVerified(verification)).toBe(false);
    expect(verificationError(verification)).toMatchObject({
      code: 'RESTORE_MISMATCH',
      facts: { compared: 6, equal: 3, differing: 3 },
    });
  });

  test('holds with mode=ignore if what existed is as it was and what was missing is there', () => {
    const changes = planChanges(backup, live, { mode: 'ignore' });
    const after = tenant({ portal: 'Portal', app: 'Other', more: 'More', gone: 'Gone' });
    expect(isVerified(verifyTree(changes, after))).toBe(true);
    expect(isVerified(verifyTree(changes, backup))).toBe(false);
  });

  test('of nothing is none', () => {
    const verification = {
      compared: 0,
      equal: 0,
      objects: {},
      differences: [],
      lost: [],
      insisted: [],
      extra: 0,
    };
    const nothing = { ...verification, outside: { compared: 9, equal: 9, differences: [] } };
    expect(isVerified(nothing)).toBe(false);
    expect(verificationError(nothing).code).toBe('NOTHING_COMPARED');
  });

  test('fails if the import deleted what it did not hold, inside of the selection or outside', () => {
    const selection = { include: [{ ids: ['gone'] }], exclude: [], dependencies: 'add' as const };
    for (const options of [{}, { selection }]) {
      const changes = planChanges(backup, live, { mode: 'update', ...options });
      const verification = verifyTree(changes, tenant({ app: 'App', gone: 'Gone' }));
      expect(verification.lost.map(({ pointer }) => pointer)).toContain(at('portal'));
      expect(isVerified(verification)).toBe(false);
      expect(verificationError(verification).message).toContain('the import deleted');
    }
  });
});

describe('undoing', () => {
  const changes = planChanges(backup, live, { mode: 'update' });

  test('brings back what was changed, takes out what was added, and leaves what others did beside it', () => {
    const now = tenant({ portal: 'Theirs', app: 'App', gone: 'Gone', more: 'More', theirs: 'Theirs' });
    const undo = undoingChanges(live, now, changes);
    expect(
      undo.changes.filter(({ kind }) => kind !== 'unchanged').map(({ pointer, kind }) => [pointer, kind]),
    ).toEqual([
      [at('app'), 'updated'],
      [at('gone'), 'pruned'],
    ]);
  });

  test('does nothing where nothing was done', () => {
    expect(undoingChanges(live, live, changes).isEmpty).toBe(true);
  });

  test('brings back what is gone, although the operation was not about it', () => {
    const undo = undoingChanges(live, tenant({ app: 'App' }), changes);
    expect(undo.changes.filter(({ kind }) => kind === 'created').map(({ pointer }) => pointer)).toEqual([
      at('portal'),
      at('more'),
    ]);
  });
});
