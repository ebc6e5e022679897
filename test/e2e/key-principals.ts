import {
  CreateGrantCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  PutKeyPolicyCommand,
  RevokeGrantCommand,
} from '@aws-sdk/client-kms';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AuditReport } from '../../functions/audit/audit-report.ts';
import type { KeyCheck } from '../../scripts/cli/commands/keys/check.ts';
import { childEnvironment } from '../../scripts/local/local-aws.ts';
import { untilPoliciesSeeAliases } from '../deployed.ts';
import { documentIn } from '../ledger-records.ts';
import type { KeysStage } from './keys-stage.ts';

/** Keys that allow a principal which is not of the deployment. */
export function describeUnexpectedPrincipals(stage: KeysStage): void {
  describe('a key that lets somebody in', () => {
    const MALLORY = 'arn:aws:iam::000000000000:role/mallory';
    /** A policy that keeps everything as it is, and lets in one more. */
    const withMallory = (keyArn: string): string =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: `arn:aws:iam::${keyArn.split(':')[4]}:root` },
            Action: 'kms:*',
            Resource: '*',
          },
          { Effect: 'Allow', Principal: { AWS: MALLORY }, Action: 'kms:Decrypt', Resource: '*' },
        ],
      });
    const unexpected = async () => {
      await stage.deployed.deployment.invoke('auditFunction', {});
      const { findings } = documentIn(await readLatest()) as AuditReport;
      const found = findings.filter(({ code }) => code === 'KEY_PRINCIPAL_UNEXPECTED');
      const { problems } = JSON.parse(
        (await stage.run(['keys', 'check', '--no-open', '--json'])).output,
      ) as KeyCheck;
      const listed = problems.filter(({ code }) => code === 'KEY_PRINCIPAL_UNEXPECTED');
      return { found, problems: listed.map(({ purpose, keyArn, message }) => [purpose, keyArn, message]) };
    };
    const readLatest = async (): Promise<string> => {
      const { s3, output } = stage.deployed.deployment;
      const { Body } = await s3.send(
        new GetObjectCommand({ Bucket: output('ledgerBucket'), Key: 'reports/latest.json' }),
      );
      return (await Body?.transformToString()) ?? '';
    };

    test('is none of those that the stack and the command make', async () => {
      expect(await unexpected()).toEqual({ found: [], problems: [] });
    });

    test('is told of by audit and check if it becomes the default, with who it is', async () => {
      const { kms } = stage.deployed.deployment;
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      const keyArn = KeyMetadata?.Arn ?? '';
      await kms.send(new PutKeyPolicyCommand({ KeyId: keyArn, Policy: withMallory(keyArn) }));
      const added = await stage.run(['keys', 'add', keyArn, '--purpose', 'credentials', '--label', 'theirs']);
      expect(added.output).toContain(`the key allows ${MALLORY}, by the key's policy`);
      await untilPoliciesSeeAliases();
      const moved = await stage.run(['keys', 'default', 'theirs', '--purpose', 'credentials']);
      expect(moved.output).toContain(MALLORY);
      const { found, problems } = await unexpected();
      expect(found).toMatchObject([{ severity: 'alarm', section: 'a-key-lets-somebody-in' }]);
      expect(found[0]?.message).toContain(`it lets in ${MALLORY}, by the key's policy`);
      expect(problems).toEqual([['credentials', keyArn, `allows ${MALLORY}, by the key's policy`]]);
      await stage.keys('default', 'first', '--purpose', 'credentials');
      await kms.send(new DeleteAliasCommand({ AliasName: 'alias/TenantBackup/credentials/theirs' }));
      expect(await unexpected()).toEqual({ found: [], problems: [] });
    });

    test('is told of where it fingerprints, and where a grant lets them in, until the grant ends', async () => {
      const { kms, output } = stage.deployed.deployment;
      const KeyId = output('fingerprintKeyArn');
      const { GrantId } = await kms.send(
        new CreateGrantCommand({ KeyId, GranteePrincipal: MALLORY, Operations: ['GenerateMac'] }),
      );
      const { found, problems } = await unexpected();
      expect(found).toHaveLength(1);
      expect(problems).toEqual([['fingerprint', KeyId, `allows ${MALLORY}, by grant ${GrantId}`]]);
      await kms.send(new RevokeGrantCommand({ KeyId, GrantId }));
      expect(await unexpected()).toEqual({ found: [], problems: [] });
    });
  });
}

/** What the policies of viewer and key administrator allow. */
export function describeKeyAdministrator(stage: KeysStage): void {
  describe('a person with the policies of a viewer and of a key administrator', () => {
    const TAGS = [{ TagKey: 'application', TagValue: 'tenant-backup' }];
    let environment: NodeJS.ProcessEnv;
    beforeAll(async () => {
      const { credentials } = await stage.deployed.asOperator('viewer', 'keyAdministrator');
      environment = {
        ...childEnvironment(stage.deployed.localAws),
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
      };
    });
    const add = (keyArn: string, label: string) =>
      stage.run(['keys', 'add', keyArn, '--purpose', 'configuration', '--label', label], environment);
    const createKey = async (Tags?: typeof TAGS): Promise<string> => {
      const { KeyMetadata } = await stage.deployed.deployment.kms.send(new CreateKeyCommand({ Tags }));
      // A tag counts as late as an alias.
      await untilPoliciesSeeAliases();
      return KeyMetadata?.Arn ?? '';
    };

    test('makes no key, whose policy would be theirs', async () => {
      const { output, exitCode } = await stage.run(
        ['keys', 'create', '--purpose', 'configuration', '--label', 'mine'],
        environment,
      );
      expect(output).toMatch(/^AWS_ACCESS_DENIED: .*kms:CreateKey/m);
      expect(exitCode).not.toBe(0);
    });

    test('adds a key that has the deployment’s tag, and lets it be the default', async () => {
      const added = await add(await createKey(TAGS), 'tagged');
      expect(added.exitCode, added.output).toBe(0);
      for (const label of ['tagged', 'first']) {
        const moved = await stage.run(['keys', 'default', label, '--purpose', 'configuration'], environment);
        expect(moved.exitCode, moved.output).toBe(0);
      }
    });

    test('sees whom every key lets in', async () => {
      const { output } = await stage.run(['keys', 'check', '--no-open', '--json'], environment);
      const codes = (JSON.parse(output) as KeyCheck).problems.map(({ code }) => code);
      expect(codes).not.toContain('KEY_PRINCIPAL_UNEXPECTED');
      expect(codes).not.toContain('AWS_ACCESS_DENIED');
    });

    test('adds no other key', async () => {
      const { output, exitCode } = await add(await createKey(), 'untagged');
      expect(output).toMatch(/^AWS_ACCESS_DENIED: /);
      expect(exitCode).not.toBe(0);
    });
  });
}
