import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RestoreSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PlanAnswer } from '../../functions/plan/plan-answer.ts';
import type { RestoreReport } from '../../functions/restore/parts/restore-report.ts';
import type { StatusReport } from '../../functions/status/status.ts';
import { createLedger } from '../../functions/vault/storage/ledger.client.ts';
import { createLedgerProofs } from '../../functions/vault/storage/ledger-proofs.client.ts';
import { damage } from '../../scripts/demo/damage.ts';
import { AUTOMATION_CLIENT_ID, credentialValues, demoTenants } from '../../scripts/demo/tenants.ts';
import { clientSettings } from '../../scripts/local/local-aws.ts';
import { ENTER } from '../scripts/cli/run-on-terminal.ts';
import type { CommandStage } from './command-stage.ts';

/** What puts tenants back, each line in a process of its own. Begins where `describeBackups` has ended. */
export function describeRestores(stage: CommandStage): void {
  describe('a damaged tenant', () => {
    let before: object;

    test('differs from its backup, by name and without values of secrets', async () => {
      before = structuredClone(stage.sandbox.tenant('globex'));
      await fixGlobex();
      expect(await stage.json(['run', 'globex'])).toMatchObject([{ outcome: 'stored' }]);
      expect(await stage.json<PlanAnswer>(['diff', 'globex'])).toMatchObject({ isEmpty: true });
      stage.sandbox.changeTenant('globex', (tree) => void damage(tree, AUTOMATION_CLIENT_ID));
      const { code, stdout } = await stage.run(['diff', 'globex']);
      expect(code).toBe(3);
      expect(stdout).toMatch(/^- client /m);
      for (const secret of credentialValues(demoTenants()[1]?.tree ?? {}))
        expect(stdout).not.toContain(secret);
    });

    test('has a plan, and a dry run, that write nothing', async () => {
      const { code, stdout, stderr } = await stage.run(['plan', 'globex', '--type', 'clients']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^plan \S+: restore globex \(part hub\) to backup /);
      expect(stdout).toMatch(/^\+ client /m);
      expect(stderr).toContain('to apply it: tenant-backup restore globex --plan ');
      expect(await stage.json<RestoreReport>(['restore', 'globex', '--dry-run'])).toMatchObject({
        verdict: 'planned',
      });
      expect(await stage.json(['diff', 'globex'], 3)).toMatchObject({ isEmpty: false });
    });

    test('is not restored unless somebody agrees', async () => {
      const { code, stdout, stderr } = await stage.run(['restore', 'globex']);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^\+ client /m);
      expect(stderr).toContain('no terminal to ask a question: give --yes');
      const refused = await stage.onTerminal(['restore', 'globex'], ['Type yes to continue: ', `no${ENTER}`]);
      expect(refused).toMatchObject({
        code: 2,
        screen: expect.stringContaining('got "no"; nothing was done'),
      });
      expect(refused.screen).toMatch(
        /secrets go back to their values in backup [^;]+;\s+to keep the present ones:\s+--credentials keep\s.*Type yes to continue: /s,
      );
      const keeping = await stage.run(['restore', 'globex', '--credentials', 'keep']);
      expect(keeping.code).toBe(2);
      expect(keeping.stderr).not.toContain('go back to');
      expect(await stage.json(['diff', 'globex'], 3)).toMatchObject({ isEmpty: false });
    });

    test('is restored, and the status tells how', async () => {
      const report = await stage.json<RestoreReport>(['restore', 'globex', '--yes']);
      expect(report).toMatchObject({ verdict: 'verified', tenant: 'globex' });
      expect(await stage.json<PlanAnswer>(['diff', 'globex'])).toMatchObject({ isEmpty: true });
      expect(stage.sandbox.tenant('globex')).toMatchObject({ name: (before as { name: string }).name });
      const { operation } = await stage.json<StatusReport>([
        'status',
        'globex',
        report.operationId.slice(0, 8),
      ]);
      expect(operation).toMatchObject({
        operationId: report.operationId,
        activity: 'ended',
        outcome: 'restored',
      });
      expect(operation?.requestedBy).toMatch(/^arn:aws:/);
      const { stdout } = await stage.run(['status', 'globex']);
      expect(stdout).toMatch(/^next: .*\n {2}back: tenant-backup restore globex@/m);
    });

    /** Give the enrolment the client that the sandbox knows. */
    async function fixGlobex() {
      await stage.run(['tenants', 'remove', 'globex', '--confirm', 'globex']);
      const secrets = new SecretsManagerClient(clientSettings(stage.deployed.localAws));
      await secrets.send(new RestoreSecretCommand({ SecretId: 'tenant-backup/tenants/globex' }));
      await stage.storeGlobex();
    }
  });

  describe('parts of a backup', () => {
    beforeAll(async () => {
      await stage.storeGlobex({ parts: ['hub', 'system', 'identity'] });
      await stage.json(['run', 'globex']);
      stage.sandbox.changeTenant('globex', (tree) => void damage(tree, AUTOMATION_CLIENT_ID));
    });

    test('differ from the tenant, what is gone included', async () => {
      const { code, stdout } = await stage.run(['diff', 'globex', '--parts', 'system', '--type', 'clients']);
      expect(code).toBe(3);
      expect(stdout).toMatch(/^- clients /m);
      expect(stdout).toMatch(/^objects: 2 changed, 1 removed, \d+ unchanged$/m);
    });

    test('are planned and restored by the rights that the functions have', async () => {
      const plan = await stage.json<PlanAnswer>(['plan', 'globex', '--parts', 'system', '--type', 'clients']);
      expect(plan).toMatchObject({ parts: ['system'], counts: { created: 1 }, problems: [] });
      const report = await stage.json<RestoreReport>([
        'restore',
        'globex',
        '--parts',
        'system,identity',
        '--yes',
      ]);
      expect(Object.keys(report.parts)).toEqual(['system', 'identity']);
      expect(await stage.json<PlanAnswer>(['plan', 'globex', '--parts', 'system'])).toMatchObject({
        isEmpty: true,
      });
      const { stdout } = await stage.run(['status', 'globex']);
      expect(stdout).toMatch(/^importing system /m);
      expect(stdout).toMatch(
        /^ {2}back: tenant-backup restore globex@\S+ --parts system,identity --prune-created-by/m,
      );
    });

    test('show what would be done to people before anybody agrees', async () => {
      stage.sandbox.changeTenant('globex', (tree) => void damage(tree, AUTOMATION_CLIENT_ID));
      const { code, stderr } = await stage.run(['restore', 'globex', '--parts', 'hub,identity']);
      expect(code).toBe(2);
      expect(stderr).toContain('part identity');
      expect(await stage.failure(['plan', 'globex', '--parts', 'identity'])).toMatchObject({
        code: 'PART_SEALED',
      });
      await stage.json(['restore', 'globex', '--parts', 'hub,system', '--yes']);
    });
  });

  describe('a plan that was made before', () => {
    const planned = async () => {
      stage.sandbox.changeTenant('globex', (tree) => void damage(tree, AUTOMATION_CLIENT_ID));
      return stage.json<PlanAnswer>(['plan', 'globex']);
    };

    test('is shown, agreed to and carried out', async () => {
      const { planId } = await planned();
      expect(planId).toMatch(/^[0-9a-f]{64}$/);
      expect(await stage.failure(['restore', 'globex', '--plan', planId.slice(0, 13)])).toMatchObject({
        code: 'INVALID_REQUEST',
      });
      const shown = await stage.run(['restore', 'globex', '--plan', planId]);
      expect(shown).toMatchObject({ code: 2, stdout: '' });
      expect(shown.stderr).toContain(`plan ${planId}: restore globex (part`);
      expect(shown.stderr).toContain('no terminal to ask a question: give --yes');
      const agreed = ['Type yes to continue: ', `yes${ENTER}`] as const;
      const { code, screen } = await stage.onTerminal(['restore', 'globex', '--plan', planId], agreed);
      expect({ code, screen }).toMatchObject({
        code: 0,
        screen: expect.stringMatching(/^verdict +verified$/m),
      });
      expect(await stage.json<PlanAnswer>(['diff', 'globex'])).toMatchObject({ isEmpty: true });
    });

    test('is what a restore shows, and carries out by its id', async () => {
      stage.sandbox.changeTenant('globex', (tree) => void damage(tree, AUTOMATION_CLIENT_ID));
      const agreed = ['Type yes to continue: ', `yes${ENTER}`] as const;
      const { code, screen } = await stage.onTerminal(['restore', 'globex'], agreed);
      expect({ code, screen }).toMatchObject({
        code: 0,
        screen: expect.stringMatching(/^verdict +verified$/m),
      });
      const [, planId] = /plan ([0-9a-f]{64}): restore/.exec(screen) ?? [];
      const { operation } = await stage.json<StatusReport>(['status', 'globex']);
      const { deployment } = stage.deployed;
      const { s3, kms, output } = deployment;
      const proofs = createLedgerProofs(kms, JSON.parse(output('ledgerKeys')));
      const ledger = createLedger(s3, output('ledgerBucket'), proofs);
      const entry = await ledger.read('operations', 'globex', operation?.operationId ?? '');
      expect(entry?.document).toMatchObject({ request: { plan: planId } });
      expect(await stage.json<PlanAnswer>(['diff', 'globex'])).toMatchObject({ isEmpty: true });
    });

    test('is refused once the tenant is another one, and says which to make', async () => {
      const { planId, desired } = await planned();
      stage.sandbox.changeTenant('globex', ({ servers }) => {
        for (const server of Object.values(servers as object)) server.name = 'Another name';
      });
      const stale = await stage.run(['restore', 'globex', '--plan', planId, '--yes']);
      expect(stale).toMatchObject({ code: 1, stdout: '' });
      const { versionId } = desired as { versionId: string };
      expect(stale.stderr).toContain('PLAN_STALE: ');
      expect(stale.stderr).toContain(
        `next: tenant-backup plan globex@${versionId} (with the same options), then: tenant-backup restore globex --plan`,
      );
      expect(await stage.json<PlanAnswer>(['diff', 'globex'], 3)).toMatchObject({ isEmpty: false });
    });
  });

  describe('a patch', () => {
    const SERVICE = { name: 'test_service', type: 'user', description: 'test' };
    const LIST = '/clients/portal/response_types';

    test.each<[what: string, document: object, code: number, prints: RegExp, expected: object]>([
      [
        'adds a service',
        { services: { cbc1: { ...SERVICE, gateway_id: null, scopes: {}, apis: {} } } },
        0,
        /^verdict +verified/m,
        { services: { cbc1: SERVICE } },
      ],
      [
        'appends to a list',
        [{ op: 'add', path: `${LIST}/-`, value: 'id_token' }],
        0,
        /^verdict +verified/m,
        { clients: { portal: { response_types: ['code', 'id_token'] } } },
      ],
      [
        'would replace a list by a text, as the page has it',
        [{ op: 'add', path: LIST, value: 'id_token' }],
        1,
        /response_types is of the type list, and would become a text \(to append an element by RFC 6902, end the path with \/-\)/,
        { clients: { portal: { response_types: ['code', 'id_token'] } } },
      ],
    ])("of the vendor's page on promotion %s", async (_, document, exit, prints, expected) => {
      const file = join(stage.folder, 'promotion.json');
      await writeFile(file, JSON.stringify(document));
      const args = ['patch', 'apply', 'globex', file, '--workspace', 'customers', '--yes'];
      const { code, stdout, stderr } = await stage.run(args);
      expect({ code, said: stdout + stderr }).toEqual({ code: exit, said: expect.stringMatching(prints) });
      expect(stage.sandbox.tenant('globex')).toMatchObject({ servers: { customers: expected } });
    });

    test('is made, tried, applied and proved, and holds no credential', async () => {
      const file = join(stage.folder, 'patch.json');
      const made = await stage.json(['patch', 'make', 'globex', '--reverse', '--out', file]);
      expect(made).toMatchObject({
        format: 'merge',
        from: { kind: 'live', tenant: 'globex' },
        to: { kind: 'backup', tenant: 'globex' },
        isEmpty: false,
        credentials: 0,
      });
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const text = await readFile(file, 'utf8');
      for (const secret of credentialValues(demoTenants()[1]?.tree ?? {})) expect(text).not.toContain(secret);
      const before = stage.sandbox.tenant('globex');
      const tried = await stage.json<RestoreReport>(['patch', 'apply', 'globex', file, '--dry-run']);
      expect(tried).toMatchObject({ verdict: 'planned', operation: 'patch', problems: [] });
      const asked = await stage.run(['patch', 'apply', 'globex', file]);
      expect(asked).toMatchObject({ code: 2, stdout: '' });
      expect(asked.stderr).toContain('no terminal to ask a question: give --yes');
      expect(stage.sandbox.tenant('globex')).toEqual(before);

      const { code, stdout, stderr } = await stage.run(['patch', 'apply', 'globex', file, '--yes']);
      expect({ code, stdout, stderr }).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('verified'),
      });
      expect(stderr).toContain('to undo it: tenant-backup restore globex@');
      const left = await stage.json(['patch', 'make', 'globex', '--out', join(stage.folder, 'left.json')]);
      expect(left).toMatchObject({ isEmpty: true });
    });

    test('holds credentials where they are asked for, and brings them back', async () => {
      const file = join(stage.folder, 'patch-with-credentials.json');
      const options = ['--reverse', '--format', 'json', '--with-credentials', '--out', file];
      const { credentials } = await stage.json<{ credentials: number }>([
        'patch',
        'make',
        'globex',
        ...options,
      ]);
      expect(credentials).toBeGreaterThan(0);
      expect(await stage.json(['patch', 'apply', 'globex', file, '--yes'])).toMatchObject({
        verdict: 'verified',
      });
      expect(await stage.json<PlanAnswer>(['diff', 'globex'])).toMatchObject({ isEmpty: true });
    });
  });

  describe('a second tenant', () => {
    test('becomes what a backup of the first one is, with other names', async () => {
      const access = stage.sandbox.addTenant({ id: 'initech', tree: { servers: {} } });
      const [client] = access.clients;
      const enrolment = {
        issuer: access.issuer,
        clientId: client?.clientId,
        clientSecret: client?.clientSecret,
      };
      expect(
        await stage.run(['tenants', 'add', 'initech', '--file', '-'], JSON.stringify(enrolment)),
      ).toMatchObject({
        code: 0,
      });
      const transform = join(stage.folder, 'initech.yaml');
      await writeFile(transform, 'tenant:\n  id: { from: globex, to: initech }\n  name: Initech\n');
      const into = ['--into', 'initech', '--transform', transform];
      const plan = await stage.json<PlanAnswer>(['plan', 'globex', ...into]);
      expect(plan).toMatchObject({ tenant: 'initech', desired: { kind: 'backup', tenant: 'globex' } });
      const report = await stage.json<RestoreReport>([
        'restore',
        'globex',
        ...into,
        '--send',
        'everything',
        '--yes',
      ]);
      expect(report).toMatchObject({
        verdict: 'verified',
        tenant: 'initech',
        backup: { tenant: 'globex' },
      });
      const copy = stage.sandbox.tenant('initech');
      expect(copy).toMatchObject({ name: 'Initech' });
      expect(Object.keys(copy['servers'] as object)).toEqual(
        expect.arrayContaining(Object.keys(stage.sandbox.tenant('globex')['servers'] as object)),
      );
      expect(await stage.json<StatusReport>(['status', 'initech'])).toMatchObject({
        operation: { outcome: 'restored' },
      });
    });
  });

  describe('a name that is enrolled anew', () => {
    test('gets no backup of the former tenant, unless that is said', async () => {
      const other = stage.sandbox.addTenant({ id: 'umbrella', tree: { servers: {} } });
      const { clientId, clientSecret: secret } = other.clients[0] ?? {};
      await stage.storeGlobex({ issuer: other.issuer, clientId, clientSecret: secret });
      const { stdout } = await stage.run(['plan', 'globex']);
      expect(stdout).toMatch(/^warning SOURCE_MISMATCH: backup \S+ is of \S+\/globex\/system, /m);
      // Nobody is asked first.
      const refused = await stage.onTerminal(['restore', 'globex']);
      expect(refused).toMatchObject({ code: 1, screen: expect.stringMatching(/^SOURCE_MISMATCH: /m) });
      expect(refused.screen).toContain(
        'next: if you want that backup, repeat the command with --allow-other-source',
      );
      expect(await stage.failure(['restore', 'globex', '--yes'])).toMatchObject({ code: 'SOURCE_MISMATCH' });
      expect(await stage.json(['restore', 'globex', '--allow-other-source', '--yes'])).toMatchObject({
        verdict: 'verified',
      });
      await stage.storeGlobex();
    });
  });

  describe('a backup of the part system alone', () => {
    test('is compared by it unasked', async () => {
      await stage.storeGlobex({ parts: ['system'] });
      await stage.json(['run', 'globex']);
      expect(await stage.json(['diff', 'globex'])).toMatchObject({ parts: ['system'], isEmpty: true });
      await stage.storeGlobex();
    });
  });
}
