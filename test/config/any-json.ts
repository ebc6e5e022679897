/** Generated JSON without any shape, and what a redaction may leave of it. */
import fc from 'fast-check';
import type { Json } from '../../functions/config/json/json.ts';
import { mapOf } from './arbitraries.ts';

/** Names that need care in JavaScript, in a JSON Pointer, or in the tables of known fields. */
const name = fc.constantFrom(
  '',
  '__proto__',
  'constructor',
  'toJSON',
  'a/b',
  'a~1b',
  '~',
  '/',
  '0',
  'secret',
  'api_key',
  'kty',
  'd',
  'jwks',
  'keys',
  'metadata',
  'credentials',
);

/** Any JSON at all, with names that need care. */
export const anyJson: fc.Arbitrary<Json> = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, '', 'ü~/"\\', '\ud800', '-----BEGIN RSA PRIVATE KEY-----\nx'),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
    fc.string({ unit: 'binary' }),
    fc.array(tie('json'), { maxLength: 5 }),
    mapOf(fc.oneof(name, fc.string({ unit: 'binary', maxLength: 4 })), tie('json'), 6),
  ),
})).json as fc.Arbitrary<Json>;

/** Any JSON, and the same as a redaction may show it: any part blanked, emptied of members, or left out. */
export const anyRedaction: fc.Arbitrary<{ full: Json; mask: Json }> = fc
  .tuple(anyJson, fc.infiniteStream(fc.nat(9)))
  .map(([full, choices]) => ({ full, mask: redactAny(full, () => choices.next().value ?? 0, true) as Json }));

/** @returns `undefined` for "leave the member out" */
function redactAny(value: Json, choose: () => number, kept = false): Json | undefined {
  const choice = choose();
  if (!kept && choice === 0) return null;
  if (!kept && choice === 1) return '';
  if (!kept && choice === 2) return [];
  if (!kept && choice === 3) return undefined;
  if (Array.isArray(value)) return value.map((entry) => redactAny(entry, choose) ?? null);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(
    ([key, entry]) => [key, redactAny(entry as Json, choose)] as const,
  );
  return Object.fromEntries(entries.filter(([, entry]) => entry !== undefined)) as Json;
}
