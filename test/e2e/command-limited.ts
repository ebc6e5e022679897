import { beforeAll, describe, expect, test } from 'vitest';
import type { RestoreReport } from '../../functions/restore/parts/restore-report.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import type { CommandStage } from './command-stage.ts';

type Clients = Record<string, Record<string, unknown>>;

const ROTATED = 'rotated-since-canary-of-at-least-32-characters';

/** Backups that leave something out, each line in a process of its own. Begins where `describeRestores` has ended. */
export function describeLimited(stage: CommandStage): void {
  describe('a backup without credentials, of some objects', () => {
    let id = '';
    let whole = '';
    let chosen: { workspace: string; client: string };

    const clientsOf = (tree: JsonObject): Clients =>
      (tree['servers'] as Record<string, { clients: Clients }>)[chosen.workspace]?.clients ?? {};
    const clientNow = () => clientsOf(stage.sandbox.tenant('globex'))[chosen.client] ?? {};

    beforeAll(async () => {
      await stage.storeGlobex({ parts: ['hub'] });
      const servers = stage.sandbox.tenant('globex')['servers'] as Record<string, { clients?: Clients }>;
      const found = Object.entries(servers).flatMap(([workspace, { clients = {} }]) =>
        workspace === 'system'
          ? []
          : Object.entries(clients).map(([client, body]) => ({ workspace, client, body })),
      );
      const withSecret = found.find(({ body }) => typeof body['client_secret'] === 'string');
      if (withSecret === undefined) throw new Error('no client has a secret');
      chosen = withSecret;
      [{ versionId: whole } = { versionId: '' }] = await stage.json<{ versionId: string }[]>([
        'run',
        'globex',
      ]);
    });

    test('is taken, listed, shown and verified as what it is', async () => {
      const order = ['run', 'globex', '--without-credentials', '--type', 'clients'];
      const [taken] = await stage.json<{ versionId: string; outcome: string }[]>(order);
      expect(taken).toMatchObject({ outcome: 'stored', tier: 'manual' });
      id = taken?.versionId ?? '';
      const [first, second] = await stage.json<object[]>(['list', 'globex', '--tier', 'manual']);
      expect(first).toMatchObject({ versionId: id, extent: 'limited' });
      expect(second).toMatchObject({ versionId: whole, extent: 'whole' });
      const shown = await stage.run(['show', `globex@${id}`]);
      expect(shown.stdout).toMatch(
        /^limited +without credentials, selection \{"include":.*\}, by the request$/m,
      );
      expect(shown.stdout).toMatch(/^credentials +none$/m);
      expect(await stage.json(['show', 'globex'])).toMatchObject({ versionId: whole });
      const verified = await stage.run(['verify', `globex@${id}`]);
      expect(verified.stdout).toMatch(/^1 backups opened, \d+ objects counted; 0 failed$/m);
      expect(verified.code).toBe(0);
      const { stdout } = await stage.run(['status', 'globex']);
      expect(stdout).toMatch(/^leaves out +credentials, all but a selection$/m);
    });

    test('is not asked of a tier of schedules, nor made a patch of', async () => {
      expect(
        await stage.failure(['run', 'globex', '--without-credentials', '--tier', 'daily']),
      ).toMatchObject({
        code: 'INVALID_REQUEST',
        exit: 2,
      });
      expect(await stage.failure(['patch', 'make', `globex@${id}`])).toMatchObject({
        code: 'INVALID_REQUEST',
      });
    });

    test('brings configuration back by its id, and no blank over a secret', async () => {
      const { client_name: name } = clientNow();
      stage.sandbox.changeTenant('globex', (tree) => {
        Object.assign(clientsOf(tree)[chosen.client] ?? {}, {
          client_name: 'Renamed',
          client_secret: ROTATED,
        });
      });
      const report = await stage.json<RestoreReport>(['restore', `globex@${id}`, '--yes']);
      expect(report).toMatchObject({
        verdict: 'verified',
        backup: { versionId: id },
        counts: { updated: 1 },
      });
      expect(report.warnings.map(({ code }) => code)).toContain('BACKUP_LIMITED');
      expect(clientNow()).toMatchObject({ client_name: name, client_secret: ROTATED });
    });

    test('is no backup that a restore without an id takes', async () => {
      expect(await stage.json(['restore', 'globex', '--yes'])).toMatchObject({
        verdict: 'verified',
        backup: { versionId: whole },
      });
      expect(clientNow()['client_secret']).not.toBe(ROTATED);
    });
  });
}
