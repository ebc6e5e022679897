import {
  CreateSecretCommand,
  DeleteSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEnrolments, type Enrolments } from '../../../functions/tenant/enrolment/enrolment.client.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../../scripts/local/local-aws.ts';
import { rejectionOf, saidBy } from '../../rejection.ts';

const CANARY = 'canary-acme-0001-of-at-least-32-characters';
const TEXT = JSON.stringify({
  issuer: 'https://eu.example.test/acme/system',
  clientId: 'tenant-backup',
  clientSecret: CANARY,
});

let localAws: LocalAws;
let secrets: SecretsManagerClient;
let enrolments: Enrolments;

beforeAll(async () => {
  localAws = await startLocalAws();
  secrets = new SecretsManagerClient(clientSettings(localAws));
  enrolments = createEnrolments(secrets);
});

afterAll(async () => {
  secrets?.destroy();
  await localAws?.stop();
});

describe('enrolments', () => {
  test('are added and read back', async () => {
    await enrolments.add('acme', TEXT, 'nightly');
    expect(await enrolments.get('acme')).toMatchObject({ tenantId: 'acme', clientSecret: CANARY });
  });

  test('are never overwritten', async () => {
    await enrolments.add('twice', TEXT, 'nightly');
    const error = await rejectionOf(enrolments.add('twice', TEXT, 'weekly'));
    expect(error).toMatchObject({ code: 'ALREADY_ENROLLED', message: 'tenant "twice" is already enrolled' });
    expect(saidBy(error)).not.toContain('canary');
  });

  test('are listed with the tags that say when and in which lane, and without their values', async () => {
    await enrolments.add('in-lane', TEXT, 'hourly', 'eu');
    await enrolments.add('in-none', TEXT, 'hourly');
    const entries = await enrolments.entries('hourly');
    expect(entries).toEqual([
      { name: 'in-lane', schedule: 'hourly', lane: 'eu', enrolledAt: expect.any(Date) },
      { name: 'in-none', schedule: 'hourly', enrolledAt: expect.any(Date) },
    ]);
  });

  test('of a deployment with a prefix of its own are apart from all others', async () => {
    const others = createEnrolments(secrets, 'other/');
    await others.add('apart', TEXT, 'other-nightly');
    expect(await others.list()).toEqual(['apart']);
    expect(await others.find('apart')).toMatchObject({ name: 'apart', schedule: 'other-nightly' });
    expect(await others.get('apart')).toMatchObject({ tenantId: 'acme' });
    expect(await enrolments.list('other-nightly')).toEqual([]);
    expect(await enrolments.find('apart')).toBeNull();
    expect(await rejectionOf(enrolments.get('apart'))).toMatchObject({ code: 'NOT_ENROLLED' });
  });

  test('are not stored when they are wrong', async () => {
    expect(
      await rejectionOf(enrolments.add('wrong', `{"clientSecret":"${CANARY}"}`, 'nightly')),
    ).toMatchObject({
      code: 'INVALID_ENROLMENT',
    });
    expect(await rejectionOf(enrolments.get('wrong'))).toMatchObject({ code: 'NOT_ENROLLED' });
  });

  test('whose secret is being deleted count as gone, and their name as taken', async () => {
    await enrolments.add('deleted', TEXT, 'nightly');
    await secrets.send(new DeleteSecretCommand({ SecretId: 'tenant-backup/tenants/deleted' }));
    expect(await rejectionOf(enrolments.get('deleted'))).toMatchObject({
      code: 'NOT_ENROLLED',
      message: 'tenant "deleted" is not enrolled: secret tenant-backup/tenants/deleted is deleted',
    });
    expect(await rejectionOf(enrolments.add('deleted', TEXT, 'nightly'))).toMatchObject({
      code: 'ALREADY_ENROLLED',
    });
    expect(await enrolments.list()).not.toContain('deleted');
  });

  test('are listed by schedule, and not by what looks like one', async () => {
    await enrolments.add('listed-nightly', TEXT, 'night');
    await enrolments.add('listed-more', TEXT, 'night-and-day');
    const Tags = [{ Key: 'other', Value: 'night' }];
    const other = (Name: string) => new CreateSecretCommand({ Name, SecretString: TEXT, Tags });
    await secrets.send(other('tenant-backup/tenants/other-tag'));
    await secrets.send(other('tenant-backup/elsewhere'));
    expect(await enrolments.list('night')).toEqual(['listed-nightly']);
    expect(await enrolments.list()).toEqual(
      expect.arrayContaining(['listed-more', 'listed-nightly', 'other-tag']),
    );
    expect((await enrolments.list()).filter((name) => name.includes('elsewhere'))).toEqual([]);
  });

  test('are listed beyond one page of the service', async () => {
    for (let number = 0; number < 105; number++) await enrolments.add(`page-${number}`, TEXT, 'paged');
    expect(await enrolments.list('paged')).toHaveLength(105);
  });
});
