import { describe, expect, test } from 'vitest';
import { knownBehaviour, PROBE_DAYS } from '../../functions/probe/known-behaviour.ts';
import { deploymentOf, type ProbeRecord, parseProbe } from '../../functions/probe/probe-record.ts';

const NOW = new Date('2026-11-30T12:00:00.000Z');
const daysAgo = (days: number): string => new Date(NOW.getTime() - days * 86_400_000).toISOString();
const DEPLOYMENT = 'eu.authz.test';

const record = (changes: Partial<Record<keyof ProbeRecord, unknown>> = {}) => ({
  deployment: DEPLOYMENT,
  scratch: 'scratch',
  at: daysAgo(1),
  operationId: '0d990263-018e-4e65-a703-eff731de951e',
  findings: [{ name: 'absent-object', answer: 'kept', detail: null }],
  productVersion: null,
  compared: 10,
  equal: 10,
  leftBehind: [],
  ...changes,
});

/** @param entries documents by the name of their scratch tenant */
function known(entries: Readonly<Record<string, unknown>>, writtenAt = NOW) {
  const listed = Object.keys(entries).map((id) => ({ id, writtenAt }));
  const ledger = {
    list: async (kind: string, deployment: string) =>
      kind === 'probes' && deployment === DEPLOYMENT ? listed : [],
    read: async (_kind: string, _deployment: string, id: string) => ({
      document: entries[id],
      etag: '',
      digest: '',
      writtenAt,
    }),
  };
  return knownBehaviour(DEPLOYMENT, { ledger, now: () => NOW });
}

describe('what is known of a deployment', () => {
  test('is nothing without a probe, and one is due', async () => {
    expect(await known({})).toEqual({ probe: null, isDue: true, passedOver: [] });
  });

  test('is its newest probe', async () => {
    const other = record({ scratch: 'other', at: daysAgo(2) });
    expect(await known({ other, scratch: record() })).toEqual({
      probe: record(),
      isDue: false,
      passedOver: [],
    });
  });

  test.each([
    [PROBE_DAYS - 1, false],
    [PROBE_DAYS + 1, true],
  ])('is old after a while: %d days, %s', async (days, isDue) => {
    expect((await known({ scratch: record({ at: daysAgo(days) }) })).isDue).toBe(isDue);
  });

  test.each<[what: string, document: unknown]>([
    ['that is no JSON', undefined],
    ['without findings', record({ findings: [] })],
    ['with other members', { probe: true }],
    ['of another deployment', record({ deployment: 'us.authz.test' })],
    ['of another scratch tenant', record({ scratch: 'other' })],
    ['with a time that is none', record({ at: 'yesterday' })],
    ['that claims to be newer than its object', record({ at: '2030-01-01T00:00:00.000Z' })],
    [
      'with an answer that is no word',
      record({ findings: [{ name: 'a', answer: 'k\u001b[31m', detail: null }] }),
    ],
    ['with an endless detail', record({ findings: [{ name: 'a', answer: 'k', detail: 'x'.repeat(1001) }] })],
  ])('passes over an entry %s, and names it', async (_, document) => {
    const good = record({ scratch: 'good', at: daysAgo(3) });
    expect(await known({ scratch: document, good })).toEqual({
      probe: good,
      isDue: false,
      passedOver: [`probes/${DEPLOYMENT}/scratch.json`],
    });
  });

  test('drops members of later releases', () => {
    expect(parseProbe({ ...record(), later: true }, DEPLOYMENT, 'scratch')).toEqual(record());
  });
});

test.each([
  ['https://acme.eu.authz.test', 'acme', 'eu.authz.test'],
  ['https://scratch.eu.authz.test', 'scratch', 'eu.authz.test'],
  ['https://login.acme.test', 'acme', 'login.acme.test'],
  ['https://acme.test:8443', 'acme', 'test:8443'],
  ['http://127.0.0.1:8443', 'acme', '127.0.0.1:8443'],
])('the deployment of %s with tenant %s is %s', (origin, tenantId, deployment) => {
  expect(deploymentOf({ origin, tenantId })).toBe(deployment);
});
