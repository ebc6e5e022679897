import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_MANIFEST_BYTES,
  MAX_RECIPIENTS,
  type Manifest,
  manifestDigest,
  PART_NAMES,
  parseManifest,
  serializeManifest,
} from '../../../functions/vault/format/manifest.ts';
import { rejectionOf } from '../../rejection.ts';
import { anyManifest } from '../any-manifest.ts';
import { SAMPLE_FACTS } from '../sample-backup.ts';

const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001';
const manifest: Manifest = {
  format: 'tenant-backup',
  formatVersion: 1,
  ...SAMPLE_FACTS,
  signedBy: '01'.repeat(32),
  parts: [
    {
      name: 'hub.config',
      plainBytes: 10,
      sealedBytes: 30,
      sealedSha256: 'ab'.repeat(32),
      recipients: [
        { type: 'kms', keyArn },
        { type: 'escrow', fingerprint: 'cd'.repeat(32) },
      ],
    },
  ],
};

/** The same value with its members in another order. */
const reversed = <T>(value: T): T =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, entry]) => [key, reversed(entry)]),
      ) as T)
    : value;

const refusal = (change: object) =>
  rejectionOf(() => parseManifest(Buffer.from(JSON.stringify({ ...manifest, ...change }))));

describe('a manifest', () => {
  it('is read as it was written, and written in one way whatever the order it was made in', () => {
    fc.assert(
      fc.property(anyManifest, (any) => {
        const bytes = serializeManifest(any);
        expect(parseManifest(bytes)).toEqual(any);
        expect(serializeManifest(parseManifest(bytes)).equals(bytes)).toBe(true);
        expect(serializeManifest(reversed(any)).equals(bytes)).toBe(true);
        expect(manifestDigest(reversed(any))).toBe(manifestDigest(any));
      }),
    );
  });

  it('is written indented, with a line end, members in the order of the format', () => {
    const text = serializeManifest({
      ...manifest,
      limits: { selection: '[]', credentials: false, by: 'request' },
      description: 'before release 7',
    }).toString();
    expect(Object.keys(JSON.parse(text).limits)).toEqual(['by', 'credentials', 'selection']);
    expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
    expect(Object.keys(JSON.parse(text))).toEqual([
      'format',
      'formatVersion',
      'backupId',
      'tenant',
      'scheduledTime',
      'exportedAt',
      'trigger',
      'tier',
      'description',
      'limits',
      'source',
      'software',
      'signedBy',
      'previous',
      'resealed',
      'objects',
      'credentials',
      'warnings',
      'parts',
    ]);
  });

  it('has a digest that covers all but what sealing makes', () => {
    const digest = manifestDigest(manifest);
    const part = manifest.parts[0] as Manifest['parts'][number];
    const sealedAnew = { ...part, sealedBytes: 31, sealedSha256: 'ef'.repeat(32), recipients: [] };
    expect(manifestDigest({ ...manifest, parts: [sealedAnew] })).toBe(digest);
    const changes: Partial<Manifest>[] = [
      { tenant: 'globex' },
      { trigger: 'manual' },
      { tier: 'weekly' },
      { description: 'before release 7' },
      { limits: { by: 'request', credentials: false } },
      { previous: null },
      { objects: {} },
      { warnings: { a: 1 } },
      { source: { ...manifest.source, shape: 'workspace' } },
      { parts: [{ ...part, plainBytes: 11 }] },
      { exportedAt: '2026-01-30T02:00:03Z' },
      { signedBy: '02'.repeat(32) },
      { parts: [{ ...part, name: 'hub.credentials' }] },
    ];
    expect(changes.map((change) => manifestDigest({ ...manifest, ...change }))).not.toContain(digest);
  });

  it.each([
    ['an unknown member', { note: 1 }, 'unknown field "note"'],
    [
      'a backup id of another time',
      { backupId: '20260131T030000Z-0123abcd' },
      'backupId must begin with 20260131T020000Z',
    ],
    ['a backup id of another form', { backupId: 'latest' }, 'backupId must be <yyyymmddThhmmssZ>'],
    ['a tenant that is no name', { tenant: 'Acme' }, 'tenant must be 1 to 63'],
    ['a time with fractions', { scheduledTime: '2026-01-31T02:00:00.5Z' }, 'scheduledTime'],
    ['a time that is not UTC', { scheduledTime: '2026-01-31T02:00:00+01:00' }, 'scheduledTime'],
    ['an export at no time', { exportedAt: '' }, 'exportedAt'],
    ['no key that signed it', { signedBy: null }, 'signedBy'],
    [
      'an issuer that is not ASCII',
      { source: { issuer: 'https://b\u00fccher.example.com/b/system', shape: 'tenant' } },
      'source.issuer must be printable ASCII',
    ],
    [
      'an ETag with a control character, which JSON programs write differently',
      { previous: { versionId: 'v', etag: '"\u007f"' } },
      'previous.etag must be printable ASCII',
    ],
    ['a description of nothing', { description: '' }, 'description must be at least 1'],
    ['a description without end', { description: 'x'.repeat(201) }, 'description must be at most 200'],
    [
      'a description that colours the terminal',
      { description: '\u001b[31mred' },
      'description must be printable ASCII',
    ],
    ['a description that is none', { description: null }, 'description must be a string'],
    [
      'limits that leave out nothing',
      { limits: { by: 'request' } },
      'limits must have credentials or selection',
    ],
    ['limits by an unknown', { limits: { by: 'guest', credentials: false } }, 'limits.by'],
    ['limits with credentials', { limits: { by: 'request', credentials: true } }, 'limits.credentials'],
    [
      'a selection without end',
      { limits: { by: 'request', selection: 'x'.repeat(4097) } },
      'limits.selection must be at most 4096',
    ],
    [
      'a selection that is not ASCII',
      { limits: { by: 'request', selection: '["\u00fc"]' } },
      'limits.selection must be printable ASCII',
    ],
    [
      'credentials that its limits leave out',
      {
        limits: { by: 'request', credentials: false },
        parts: [{ ...manifest.parts[0], name: 'hub.credentials' }],
      },
      'parts must not have hub.credentials, which its limits leave out',
    ],
    [
      'a dump beside a selection',
      {
        limits: { by: 'request', selection: '[]' },
        parts: [{ ...manifest.parts[0], name: 'system.config' }],
      },
      'parts must not have system.config, which its limits leave out',
    ],
    ['an unknown trigger', { trigger: 'cron' }, 'trigger'],
    ['an unknown tier', { tier: 'hourly' }, 'tier'],
    ['a count below zero', { objects: { client: -1 } }, 'objects.client'],
    ['a count that is not whole', { objects: { client: 1.5 } }, 'objects.client'],
    ['a count under an odd name', { objects: { 'Client!': 1 } }, 'objects'],
    [
      'too many counts',
      { warnings: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`w${n}`, 1])) },
      'warnings must have at most 100',
    ],
    ['no parts', { parts: [] }, 'parts must be at least 1'],
    ['a part twice', { parts: [...manifest.parts, ...manifest.parts] }, 'parts must have each name once'],
    ['an unknown part', { parts: [{ ...manifest.parts[0], name: 'hub.secrets' }] }, 'parts.0.name'],
    [
      'a digest in capitals',
      { parts: [{ ...manifest.parts[0], sealedSha256: 'AB'.repeat(32) }] },
      'parts.0.sealedSha256',
    ],
    [
      'a part for nobody',
      { parts: [{ ...manifest.parts[0], recipients: [] }] },
      'parts.0.recipients must be at least 1',
    ],
    [
      'too many recipients',
      { parts: [{ ...manifest.parts[0], recipients: Array(6).fill({ type: 'kms', keyArn }) }] },
      'parts.0.recipients must be at most 5',
    ],
    [
      'a recipient of another kind',
      { parts: [{ ...manifest.parts[0], recipients: [{ type: 'pgp', key: 'x' }] }] },
      'parts.0.recipients.0.type',
    ],
  ])('is refused with %s, naming the field', async (_, change, said) => {
    const failure = await refusal(change);
    expect(failure.code).toBe('MANIFEST_MALFORMED');
    expect(failure.message).toContain(said);
  });

  it.each(Object.keys(manifest))('is refused without %s', async (name) => {
    const { [name as keyof Manifest]: _left, ...less } = manifest;
    const failure = await rejectionOf(() => parseManifest(Buffer.from(JSON.stringify(less))));
    expect(failure).toMatchObject({ code: 'MANIFEST_MALFORMED' });
    expect(failure.message).toContain(name);
  });

  it('of a version that was never released is refused as such, whatever else it holds', async () => {
    for (const formatVersion of [2, 3, 4711, Number.MAX_SAFE_INTEGER]) {
      const failure = await rejectionOf(() =>
        parseManifest(Buffer.from(JSON.stringify({ formatVersion, new: [] }))),
      );
      expect(failure).toMatchObject({ code: 'FORMAT_UNSUPPORTED', facts: { formatVersion } });
    }
    for (const formatVersion of [0, -1, 1.5, '2', null]) {
      expect(await refusal({ formatVersion })).toMatchObject({ code: 'MANIFEST_MALFORMED' });
    }
  });

  it('is refused unread above its limit', async () => {
    const failure = await rejectionOf(() => parseManifest(Buffer.alloc(MAX_MANIFEST_BYTES + 1, ' ')));
    expect(failure.message).toContain(`at most ${MAX_MANIFEST_BYTES} bytes, got ${MAX_MANIFEST_BYTES + 1}`);
  });

  it('with everything at its bounds stays within the limit', () => {
    const recipients = Array.from({ length: MAX_RECIPIENTS }, () => ({
      type: 'kms' as const,
      keyArn: 'k'.repeat(2048),
    }));
    const full = Object.fromEntries(
      Array.from({ length: 100 }, (_, n) => [`n${n}`.padEnd(64, 'x'), Number.MAX_SAFE_INTEGER]),
    );
    const largest: Manifest = {
      ...manifest,
      source: { ...manifest.source, issuer: 'i'.repeat(2048) },
      objects: full,
      credentials: full,
      warnings: full,
      parts: PART_NAMES.map((name) => ({
        ...(manifest.parts[0] as Manifest['parts'][number]),
        name,
        recipients,
      })),
    };
    expect(serializeManifest(largest).byteLength).toBeLessThan(MAX_MANIFEST_BYTES);
  });
});
