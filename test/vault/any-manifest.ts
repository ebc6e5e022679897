import fc from 'fast-check';
import {
  FORMAT_VERSION,
  MAX_RECIPIENTS,
  type Manifest,
  PART_NAMES,
} from '../../functions/vault/format/manifest.ts';

const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const count = fc.oneof(fc.nat(), fc.maxSafeNat());
/** All printable characters of ASCII. */
const text = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 200 });
const counts = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/), count, { maxKeys: 10 });
const recipient = fc.oneof(
  fc.record({ type: fc.constant('kms' as const), keyArn: text }),
  fc.record({ type: fc.constant('escrow' as const), fingerprint: hex }),
);
/** Any manifest but for its description and its limits, which may be absent. */
const undescribed: fc.Arbitrary<Manifest> = fc.record({
  format: fc.constant('tenant-backup' as const),
  formatVersion: fc.constant(FORMAT_VERSION),
  backupId: fc.stringMatching(/^20260131T020000Z-[0-9a-f]{8}$/),
  tenant: fc.stringMatching(/^[a-z0-9]{1,63}$/),
  scheduledTime: fc.constant('2026-01-31T02:00:00Z'),
  exportedAt: fc.constantFrom('2026-01-31T02:00:00Z', '1999-12-31T23:59:59Z'),
  trigger: fc.constantFrom('schedule', 'manual', 'safety', 'adopted'),
  tier: fc.constantFrom('daily', 'weekly', 'monthly', 'yearly', 'manual', 'safety'),
  source: fc.record({ issuer: text, shape: fc.constantFrom('tenant', 'workspace') }),
  software: fc.record({
    name: fc.constant('tenant-backup' as const),
    version: text.map((version) => version.slice(0, 64)),
  }),
  signedBy: hex,
  previous: fc.option(fc.record({ versionId: text, etag: text })),
  resealed: fc.option(
    fc.record({ versionId: text, etag: text, storedAt: fc.constant('2026-01-31T02:00:09Z') }),
  ),
  objects: counts,
  credentials: counts,
  warnings: counts,
  parts: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom(...PART_NAMES),
      plainBytes: count,
      sealedBytes: count,
      sealedSha256: hex,
      recipients: fc.array(recipient, { minLength: 1, maxLength: MAX_RECIPIENTS }),
    }),
    { minLength: 1, selector: ({ name }) => name },
  ),
});

const selection = fc.record({ by: fc.constantFrom('enrolment', 'request'), selection: text });
const limits: fc.Arbitrary<NonNullable<Manifest['limits']>> = fc.oneof(
  selection,
  selection.map((limits) => ({ ...limits, credentials: false as const })),
  selection.map(({ by }) => ({ by, credentials: false as const })),
);

/** Any manifest that there can be. */
export const anyManifest: fc.Arbitrary<Manifest> = fc
  .tuple(undescribed, fc.option(text), fc.option(limits))
  .map(([manifest, description, limits]) => ({
    ...manifest,
    ...(description !== null && { description }),
    // Limits leave the hub alone.
    ...(limits !== null && {
      limits,
      parts: manifest.parts.slice(0, 1).map((part) => ({ ...part, name: 'hub.config' as const })),
    }),
  }));
