import { DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QueuedRequest } from '../../functions/backup/backup-queue.client.ts';
import { dispatch } from '../../functions/dispatch/dispatch.ts';
import { createEnrolments, type Enrolments } from '../../functions/tenant/enrolment/enrolment.client.ts';
import type { Ledger } from '../../functions/vault/storage/ledger.client.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../scripts/local/local-aws.ts';
import { rejectionOf } from '../rejection.ts';

const TEXT = JSON.stringify({
  issuer: 'https://eu.example.test/acme/system',
  clientId: 'tenant-backup',
  clientSecret: 'canary-acme-0001-of-at-least-32-characters',
});
const AT = { tier: 'manual', scheduledTime: '2026-01-31T02:00:00Z', spreadMinutes: 0 } as const;

let localAws: LocalAws;
let secrets: SecretsManagerClient;
let enrolments: Enrolments;

beforeAll(async () => {
  localAws = await startLocalAws({ awkward: { secretsListLagSeconds: 86_400 } });
  secrets = new SecretsManagerClient(clientSettings(localAws));
  enrolments = createEnrolments(secrets);
});

afterAll(async () => {
  secrets?.destroy();
  await localAws?.stop();
});

/** A dispatch, and what it has put on the queue. */
async function asked(tenants: string[]): Promise<QueuedRequest[]> {
  const sent: QueuedRequest[] = [];
  const queue = { lanes: ['eu'], send: async (some: readonly QueuedRequest[]) => void sent.push(...some) };
  const ledger = { write: async () => '' } as Partial<Ledger> as Ledger;
  await dispatch({ tenants, ...AT }, { enrolments, queue, ledger });
  return sent;
}

describe('where lists of secrets lag', () => {
  test('a tenant that was enrolled just now is found by its name, with its lane', async () => {
    await enrolments.add('acme', TEXT, 'nightly', 'eu');
    expect(await enrolments.list()).toEqual([]);
    expect(await asked(['acme'])).toMatchObject([{ tenant: 'acme', lane: 'eu' }]);
  });

  test('and so are single tenants of an enrolment of many, and many at once', async () => {
    await enrolments.add('big', TEXT, 'nightly');
    const names = Array.from({ length: 23 }, (_, index) => `tenant-${index}`);
    for (const name of names) await enrolments.add(name, TEXT, 'nightly');
    const all = ['big--shop', 'big--forum', ...names];
    expect((await asked(all)).map(({ tenant }) => tenant)).toEqual(all);
  });

  test('one that is not enrolled, or no more, is not found', async () => {
    await enrolments.add('gone', TEXT, 'nightly');
    await secrets.send(new DeleteSecretCommand({ SecretId: 'tenant-backup/tenants/gone' }));
    for (const name of ['gone', 'never', 'never--shop']) {
      expect(await rejectionOf(asked([name]))).toMatchObject({ code: 'NOT_ENROLLED' });
    }
  });
});
