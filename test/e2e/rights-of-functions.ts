import { describe, expect, test } from 'vitest';
import type { VaultVersion } from '../../functions/vault/storage/vault.client.ts';
import type { Deployed } from '../deployed.ts';
import { assessRights } from './rights.ts';

/** What each function's role really may, tried on a backup. Both are there once the tests run. */
export function describeRights(
  deployed: () => Deployed,
  versionOf: () => Promise<VaultVersion | undefined>,
): void {
  describe('with the rights of', () => {
    const rightsOf = async (
      name: 'backupFunction' | 'restoreFunction' | 'planFunction' | 'dispatchFunction' | 'auditFunction',
    ) => {
      const version = await versionOf();
      if (!version) throw new Error('no version');
      return assessRights(deployed(), name, version);
    };

    test('backup, what is sealed can neither be read nor opened nor deleted', async () => {
      expect(await rightsOf('backupFunction')).toEqual({
        'list versions': 'allowed',
        'read an archive': 'denied',
        'read a version': 'denied',
        'delete a version': 'denied',
        'delete an archive': 'denied',
        'put a manual backup': 'allowed',
        'put a safety backup': 'denied',
        decrypt: 'denied',
        'list enrolments': 'denied',
        'read an enrolment': 'allowed',
      });
    });

    test('restore, nothing but safety backups can be put, and nothing deleted', async () => {
      expect(await rightsOf('restoreFunction')).toMatchObject({
        'read a version': 'allowed',
        'delete a version': 'denied',
        'delete an archive': 'denied',
        'put a manual backup': 'denied',
        'put a safety backup': 'allowed',
      });
    });

    test('plan, backups can be read, and neither credentials be opened nor anything be put or deleted', async () => {
      expect(await rightsOf('planFunction')).toMatchObject({
        'read a version': 'allowed',
        decrypt: 'denied',
        'delete a version': 'denied',
        'delete an archive': 'denied',
        'put a manual backup': 'denied',
        'put a safety backup': 'denied',
        'list enrolments': 'denied',
      });
    });

    test('audit, backups can be read, and no secret: neither credentials nor enrolments', async () => {
      expect(await rightsOf('auditFunction')).toEqual({
        'list versions': 'allowed',
        'read an archive': 'allowed',
        'read a version': 'allowed',
        'delete a version': 'denied',
        'delete an archive': 'denied',
        'put a manual backup': 'denied',
        'put a safety backup': 'denied',
        decrypt: 'denied',
        'list enrolments': 'allowed',
        'read an enrolment': 'denied',
      });
    });

    test('dispatch, names can be listed and nothing else be done', async () => {
      const { 'list enrolments': listed, ...rest } = await rightsOf('dispatchFunction');
      expect(listed).toBe('allowed');
      expect(new Set(Object.values(rest))).toEqual(new Set(['denied']));
    });
  });
}
