import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TenantPart } from '../../../../functions/tenant/enrolment/enrolment-schema.ts';
import { DOCUMENTS, partsOf } from '../../../../functions/vault/format/documents.ts';
import type { Manifest } from '../../../../functions/vault/format/manifest.ts';
import { manifestText } from '../../../../scripts/cli/ui/manifest-text.ts';
import { anyManifest } from '../../../vault/any-manifest.ts';

test('a manifest says which parts the backup holds and lacks', () => {
  fc.assert(
    fc.property(anyManifest, fc.subarray<TenantPart>([...DOCUMENTS], { minLength: 1 }), (manifest, held) => {
      const [part] = manifest.parts as [(typeof manifest.parts)[number]];
      const parts = held.flatMap(partsOf).map((name) => ({ ...part, name }));
      const lacking = DOCUMENTS.filter((document) => !held.includes(document));
      const lines = manifestText({ ...manifest, parts }, new Date('2026-02-01T00:00:00Z'));
      expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^holds +${held.join(', ')}$`)));
      expect(lines).toContainEqual(
        expect.stringMatching(new RegExp(`^lacks +${lacking.join(', ') || '-'}$`)),
      );
    }),
    { numRuns: 20 },
  );
});

test.each([
  [{ by: 'request', credentials: false }, 'without credentials, by the request'],
  [{ by: 'enrolment', selection: '{"include":[]}' }, 'selection {"include":[]}, by the enrolment'],
  [
    { by: 'request', credentials: false, selection: '[]' },
    'without credentials, selection [], by the request',
  ],
] as const)('a manifest with limits says what they are: %j', (limits, text) => {
  const [manifest] = fc.sample(anyManifest, 1) as [Manifest];
  const lines = manifestText({ ...manifest, limits }, new Date('2026-02-01T00:00:00Z'));
  expect(lines.find((line) => line.startsWith('limited '))).toMatch(/^limited +\S/);
  expect(lines.find((line) => line.startsWith('limited '))?.endsWith(`  ${text}`)).toBe(true);
});
