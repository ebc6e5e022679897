/** Valid backups that show what an insider did: of less, of another tenant, for one more reader, or none any more. */
import { describe, expect, it } from 'vitest';
import { assessCopies, assessRecipients, assessSource } from '../../functions/audit/assess/assess-course.ts';
import { assessEnrolment } from '../../functions/audit/assess/assess-enrolment.ts';
import {
  parseHistory,
  type TenantHistory,
  updateHistory,
  type VersionRecord,
} from '../../functions/audit/history.ts';
import { type Facts, versionRecord } from './version-record.ts';

const NOW = new Date('2026-02-20T03:00:00Z');
const CONFIGURATION = 'arn:aws:kms:eu-central-1:111122223333:key/configuration';
const MALLORY = 'arn:aws:kms:eu-central-1:999999999999:key/mallory';
const OFFLINE = `escrow ${'a'.repeat(64)}`;
const OTHER = `escrow ${'b'.repeat(64)}`;

/** Facts of a backup whose parts these can open. */
const sealedFor = (...recipients: string[]) => ({
  recipients: { 'hub.config': recipients, 'hub.credentials': recipients },
});

/** A backup of a day of February, after those of the days before. */
function night(day: number, facts: Facts = {}, changes: Partial<VersionRecord> = {}): VersionRecord {
  const date = `2026-02-${String(day).padStart(2, '0')}`;
  return versionRecord(
    { versionId: `v${day}`, etag: `"${day}"`, storedAt: `${date}T02:00:05.000Z`, ...changes },
    {
      backupId: `${date.replaceAll('-', '')}T020000Z-00000000`,
      scheduledTime: `${date}T02:00:00Z`,
      exportedAt: `${date}T02:00:01Z`,
      keys: [CONFIGURATION],
      escrow: true,
      ...sealedFor(CONFIGURATION, OFFLINE),
      signedBy: '1'.repeat(64),
      source: { issuer: 'https://acme.example/acme/system', shape: 'tenant' },
      parts: ['hub.config', 'hub.credentials', 'system.config'],
      ...facts,
    },
  );
}

const historyOf = (...versions: VersionRecord[]): TenantHistory =>
  // As the ledger holds it.
  parseHistory(
    JSON.parse(
      JSON.stringify({
        formatVersion: 1,
        tenant: 'acme',
        versions: versions.toSorted((a, b) => (a.storedAt < b.storedAt ? 1 : -1)),
        failures: [],
        checks: [],
        events: [],
      }),
    ),
    'acme',
  ) as TenantHistory;

const limits = (sha256: string) => ({ limits: { by: 'enrolment' as const, sha256 } });

describe('a backup', () => {
  const found = (...nights: VersionRecord[]) =>
    assessSource(historyOf(...nights)).map(({ code, subject }) => `${code} ${subject}`);

  it.each<[string, Facts, string]>([
    [
      'of another host',
      { source: { issuer: 'https://evil.example/acme/system', shape: 'tenant' } },
      'SOURCE_CHANGED',
    ],
    [
      'of another tenant',
      { source: { issuer: 'https://acme.example/empty/system', shape: 'tenant' } },
      'SOURCE_CHANGED',
    ],
    [
      'of one workspace',
      { source: { issuer: 'https://acme.example/acme/system', shape: 'workspace' } },
      'SOURCE_CHANGED',
    ],
    ['without a part', { parts: ['hub.config', 'hub.credentials'] }, 'BACKUP_NARROWED'],
    ['without credentials', { parts: ['hub.config', 'system.config'] }, 'BACKUP_NARROWED'],
    ['that leaves something out', limits('1'), 'BACKUP_NARROWED'],
  ])('%s is a finding, which stays when later ones are like it', (_, facts, code) => {
    expect(found(night(1), night(2, facts))).toEqual([`${code} v2`]);
    expect(found(night(1), night(2, facts), night(3, facts), night(4, facts))).toEqual([`${code} v2`]);
  });

  it('that leaves out more than the one before is a finding', () => {
    expect(found(night(1, limits('1')), night(2, limits('2')))).toEqual(['BACKUP_NARROWED v2']);
  });

  it('is no cover for the one before it: to and fro is found each time', () => {
    const elsewhere = { source: { issuer: 'https://evil.example/acme/system', shape: 'tenant' } };
    expect(found(night(1), night(2, elsewhere), night(3))).toEqual([
      'SOURCE_CHANGED v3',
      'SOURCE_CHANGED v2',
    ]);
  });

  it.each<[string, VersionRecord[]]>([
    ['the first', [night(1)]],
    ['as before', [night(1), night(2), night(3)]],
    [
      'with one more part',
      [night(1), night(2, { parts: [...(night(1).manifest?.parts ?? []), 'identity.credentials'] })],
    ],
    ['that leaves out nothing any more', [night(1, limits('1')), night(2)]],
    ['that leaves out the same', [night(1, limits('1')), night(2, limits('1'))]],
    [
      'that was adopted from a file',
      [night(1), night(2, { parts: ['hub.config'], contentTime: '2026-01-01T00:00:00Z' })],
    ],
    [
      'that a person uploaded',
      [night(1), night(2, { parts: ['hub.config'] }, { uploadedBy: 'arn:aws:iam::1:user/a' })],
    ],
    [
      'that a restore made',
      [night(1), night(2, { tier: 'safety', parts: ['hub.config'] }, { tier: 'safety' })],
    ],
    [
      'of which an earlier release kept less',
      [night(1, { source: undefined, parts: undefined } as never), night(2)],
    ],
  ])('%s is no finding', (_, nights) => {
    expect(found(...nights)).toEqual([]);
  });
});

describe('a backup that calls itself adopted', () => {
  it('is a finding where it is of another host', () => {
    const source = { issuer: 'https://evil.example/acme/system', shape: 'tenant' };
    const adopted = night(2, { source, contentTime: '2026-02-02T02:00:01Z', adopted: true });
    expect(assessSource(historyOf(night(1), adopted)).map(({ code }) => code)).toEqual(['SOURCE_CHANGED']);
  });
});

describe('a copy in another tier', () => {
  const found = (...nights: VersionRecord[]) =>
    assessCopies(historyOf(...nights), 7, NOW).map(({ code, subject }) => `${code} ${subject}`);
  const copy = (day: number, changes: Partial<VersionRecord> = {}) =>
    night(day, {}, { tier: 'weekly', versionId: 'copy', ...changes });

  it.each<[string, VersionRecord]>([
    ['above', copy(19)],
    ['below, where no copies lie', night(19, { tier: 'weekly' }, { versionId: 'copy' })],
    ['of manual backups, which are never copied', night(19, { tier: 'manual' }, { versionId: 'copy' })],
    ['of safety backups', night(19, { tier: 'safety' }, { versionId: 'copy' })],
    ['whose bytes are not those of the night', copy(18, { etag: '"other"' })],
  ])('is a finding where no tier held its original: %s', (_, record) => {
    expect(found(night(18), record)).toEqual(['COPY_WITHOUT_ORIGINAL copy']);
  });

  it.each<[string, VersionRecord[]]>([
    ['of the same night', [night(18), copy(18)]],
    ['whose original is gone', [night(18, {}, { gone: true }), copy(18)]],
    ['of long ago', [copy(10)]],
    ['of which the original is still to come', [copy(20, { storedAt: '2026-02-20T02:30:00.000Z' })]],
    ['that a person uploaded', [copy(18, { uploadedBy: 'arn:aws:iam::1:user/a' })]],
    ['that is broken', [copy(18, { verdict: 'broken' })]],
  ])('is no finding: %s', (_, nights) => {
    expect(found(...nights)).toEqual([]);
  });
});

describe('keys of backups', () => {
  const found = (...nights: VersionRecord[]) =>
    assessRecipients([historyOf(...nights)]).map(({ code, subject }) => `${code} ${subject}`);

  const BOTH = { recipients: { 'hub.config': ['a'], 'hub.credentials': ['b'] } };

  it.each<[string, Facts, string]>([
    [
      'a key was added',
      sealedFor(CONFIGURATION, OFFLINE, MALLORY),
      `RECIPIENTS_CHANGED ${MALLORY} was added`,
    ],
    [
      'a key took the place of another',
      sealedFor(MALLORY, OFFLINE),
      `RECIPIENTS_CHANGED ${MALLORY} was added, ${CONFIGURATION} was removed`,
    ],
    [
      'an escrow key took the place of another',
      sealedFor(CONFIGURATION, OTHER),
      `RECIPIENTS_CHANGED ${OTHER} was added, ${OFFLINE} was removed`,
    ],
    [
      'an escrow key was added',
      sealedFor(CONFIGURATION, OFFLINE, OTHER),
      `RECIPIENTS_CHANGED ${OTHER} was added`,
    ],
    ['no escrow key opens it', sealedFor(CONFIGURATION), `RECIPIENTS_CHANGED ${OFFLINE} was removed`],
    [
      'another key signed it',
      { signedBy: '2'.repeat(64) },
      `SIGNER_CHANGED ${'2'.repeat(64)} was added, ${'1'.repeat(64)} was removed`,
    ],
  ])('are a finding, which stays, where %s', (_, facts, expected) => {
    expect(found(night(1), night(2, facts))).toEqual([expected]);
    expect(found(night(1), night(2, facts), night(3, facts))).toEqual([expected]);
  });

  it('are a finding in every kind of backup, even where it calls itself adopted or a safety backup', () => {
    const facts = sealedFor(CONFIGURATION, OFFLINE, MALLORY);
    for (const disguised of [
      night(2, { ...facts, contentTime: '2026-02-02T02:00:05Z', adopted: true }),
      night(2, { ...facts, tier: 'safety' }, { tier: 'safety' }),
      night(2, { ...facts, tier: 'manual' }, { tier: 'weekly' }),
    ]) {
      expect(found(night(1), disguised)).toEqual([`RECIPIENTS_CHANGED ${MALLORY} was added`]);
    }
  });

  it('are one finding for all tenants with the same change, which names some and counts all', () => {
    const tenants = ['g', 'f', 'e', 'd', 'c', 'b', 'a'];
    const histories = tenants.map((tenant) => ({
      ...historyOf(night(1), night(2, sealedFor(MALLORY, OFFLINE))),
      tenant,
    }));
    expect(assessRecipients(histories)).toEqual([
      expect.objectContaining({
        tenant: null,
        message: expect.stringContaining(
          'backups of a, b, c, d, e and 2 more can be opened by other keys since 2026-02-02',
        ),
        facts: { tenants: 7, since: '2026-02-02T02:00:05.000Z' },
      }),
    ]);
  });

  it.each<[string, VersionRecord[]]>([
    ['of the first backup', [night(1)]],
    ['in another order', [night(1, sealedFor('a', 'b')), night(2, sealedFor('b', 'a'))]],
    ['of a copy in another tier', [night(1), night(2, sealedFor('b'), { etag: '"1"', tier: 'weekly' })]],
    [
      'of an upload of old bytes',
      [night(1), night(2, sealedFor('old'), { uploadedBy: 'arn:aws:iam::1:user/a' })],
    ],
    [
      'of a backup without credentials',
      [night(1, BOTH), night(2, { recipients: { 'hub.config': ['a'] } }), night(3, BOTH)],
    ],
    ['of a backup that cannot be read', [night(1), night(2, {}, { manifest: null }), night(3)]],
  ])('are no finding: %s', (_, nights) => {
    expect(found(...nights)).toEqual([]);
  });
});

describe('an enrolment', () => {
  const enrolled = {
    tenant: 'acme',
    schedule: 'nightly',
    paused: false,
    enrolledAt: new Date('2026-01-01T00:00:00Z'),
  };
  const found = (history: TenantHistory, now: Parameters<typeof assessEnrolment>[1]) =>
    assessEnrolment(history, now, { compareDays: 7 }, NOW).map(({ code, severity }) => `${severity} ${code}`);

  it.each<[string, VersionRecord[], Parameters<typeof assessEnrolment>[1], string[]]>([
    ['is gone, while backups are kept', [night(19)], null, ['alarm ENROLMENT_GONE']],
    ['was deleted long ago', [night(1)], null, ['alarm ENROLMENT_GONE']],
    ['never was, where only a restore wrote', [night(1, { tier: 'safety' }, { tier: 'safety' })], null, []],
    ['is gone, and so are its backups', [night(1, {}, { gone: true })], null, []],
    ['is there', [night(19)], enrolled, []],
    ['was paused yesterday', [night(18), night(19)], { ...enrolled, paused: true }, []],
    ['was paused a week ago', [night(14)], { ...enrolled, paused: true }, []],
    ['is paused for long', [night(5)], { ...enrolled, paused: true }, ['warning ENROLMENT_PAUSED']],
    ['is paused, and never had a backup', [], { ...enrolled, paused: true }, ['warning ENROLMENT_PAUSED']],
    ['is new and paused', [], { ...enrolled, paused: true, enrolledAt: NOW }, []],
    ['is that of drills', [night(5)], { ...enrolled, paused: true, scratch: true }, []],
  ])('that %s', (_, nights, now, codes) => {
    expect(found(historyOf(...nights), now)).toEqual(codes);
  });

  const schedules = (...seen: [string | null, number | null][]): TenantHistory =>
    seen.reduce<TenantHistory>(
      (history, [schedule, limitHours], index) =>
        updateHistory('acme', history, [], [], new Date(Date.UTC(2026, 1, 1 + index)), {
          schedule,
          limitHours,
        }),
      historyOf(),
    );

  it.each<[string, [string | null, number | null][], number]>([
    [
      'slower',
      [
        ['nightly', 26],
        ['yearly', 8784],
      ],
      1,
    ],
    [
      'that fires once',
      [
        ['nightly', 26],
        ['once', null],
      ],
      1,
    ],
    [
      'that is none',
      [
        ['nightly', 26],
        [null, null],
      ],
      1,
    ],
    [
      'slower, bit by bit',
      [
        ['nightly', 26],
        ['weekly', 170],
        ['yearly', 8784],
      ],
      2,
    ],
    [
      'slower, and back',
      [
        ['nightly', 26],
        ['weekly', 170],
        ['nightly', 26],
      ],
      1,
    ],
    [
      'of the same name, which a deployment slowed',
      [
        ['nightly', 26],
        ['nightly', 50],
      ],
      1,
    ],
    [
      'faster',
      [
        ['weekly', 170],
        ['nightly', 26],
      ],
      0,
    ],
    [
      'as ever',
      [
        ['nightly', 26],
        ['nightly', 26],
        ['nightly', 26],
      ],
      0,
    ],
    [
      'with another name',
      [
        ['nightly', 26],
        ['evening', 26],
      ],
      0,
    ],
  ])('that gets a schedule %s', (_, seen, slowed) => {
    const codes = found(schedules(...seen), enrolled);
    expect(codes).toEqual(Array.from({ length: slowed }, () => 'alarm SCHEDULE_SLOWED'));
  });

  it('keeps the last schedule of a tenant for as long as the next one is remembered', () => {
    const slowed = schedules(['nightly', 26], ['yearly', 8784]);
    const later = updateHistory('acme', slowed, [], [], new Date('2026-05-10T00:00:00Z'), {
      schedule: 'yearly',
      limitHours: 8784,
    });
    expect(later.enrolments.map(({ schedule }) => schedule)).toEqual(['yearly', 'nightly']);
  });
});
