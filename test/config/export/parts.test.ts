import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fingerprintCredentials,
  fingerprintKeyName,
} from '../../../functions/config/credentials/fingerprints.ts';
import {
  parseConfigPart,
  parseCredentialsPart,
  writeConfigPart,
  writeCredentialsPart,
} from '../../../functions/config/export/parts.ts';
import { canonicalJson } from '../../../functions/config/json/canonical-json.ts';
import { MAX_DEPTH, parseJson, stringifyJson } from '../../../functions/config/json/json.ts';
import type { Json } from '../../../functions/config/json/json-value.ts';
import { anyJson } from '../any-json.ts';
import { tenant } from '../arbitraries.ts';
import { failureOf } from '../failure.ts';

const key = Buffer.alloc(32, 7);
const credentials = { '/servers/a/secret': 'x', '/servers/a~1b/rotated_secrets': ['old', 'older'] };
const write = (document: string) => Buffer.concat(writeConfigPart([Buffer.from(document)], credentials, key));

describe('the parts of a backup', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(tenant, (document) => {
        expect(parseConfigPart(write(stringifyJson(document)))).toEqual({
          document: parseJson(stringifyJson(document)),
          fingerprintKey: fingerprintKeyName(key),
          fingerprints: fingerprintCredentials(credentials, key),
        });
      }),
    );
    expect(parseCredentialsPart(Buffer.concat(writeCredentialsPart(credentials)))).toEqual(credentials);
  });

  it('hold the deepest document that an export may be', () => {
    const levels = MAX_DEPTH - 1;
    for (const document of [
      `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`,
      `{"servers":{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}}`,
    ]) {
      expect(stringifyJson(parseConfigPart(write(document)).document)).toBe(document);
    }
  });

  it.each([
    ['no JSON', '{"document":{"servers":{"a":{}}', 'configuration part must be JSON'],
    [
      'no JSON in a workspace',
      '{"document":{"servers":{"a":{x}}},"fingerprintKey":"KEY","fingerprints":{}}',
      'configuration part must be JSON',
    ],
    ['no object', '[]', 'configuration part must be a JSON object'],
    ['no document', '{"fingerprintKey":"KEY","fingerprints":{}}', 'document of'],
    ['no name of its key', '{"document":{},"fingerprints":{}}', 'fingerprintKey must be'],
    [
      'a fingerprint that is none',
      '{"document":{},"fingerprintKey":"KEY","fingerprints":{"/a":"x"}}',
      'fingerprint at /a',
    ],
    [
      'another member',
      '{"document":{},"fingerprintKey":"KEY","fingerprints":{},"more":1}',
      'unknown member "more"',
    ],
  ])('are refused with %s', (_, text, said) => {
    const failure = failureOf(() => parseConfigPart(Buffer.from(text.replace('KEY', '0'.repeat(32)))));
    expect(failure.code).toBe('PART_MALFORMED');
    expect(failure.message).toContain(said);
  });
});

describe('fingerprints', () => {
  const one = (value: Json, pointer = '/a', by: Uint8Array = key) =>
    fingerprintCredentials({ [pointer]: value }, by)[pointer];

  it('are equal for what means the same, and for nothing else', () => {
    expect(one({ b: 1, a: [2, { d: 3, c: 4 }] })).toBe(one({ a: [2, { c: 4, d: 3 }], b: 1 }));
    expect(one(['x', 'y'])).toBe(one(['y', 'x']));
    const different = [
      one('x'),
      one('y'),
      one(['x']),
      one(['x', 'x']),
      one([1, 2]),
      one([2, 1]),
      one({ x: 'y' }),
      one(''),
      one(null),
      one('x', '/b'),
    ];
    expect(new Set(different).size).toBe(different.length);
    expect(different.every((text) => /^[0-9a-f]{32}$/.test(text ?? ''))).toBe(true);
  });

  it('are the first half of an HMAC with SHA-256 over place and value, whatever these are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.oneof(fc.string({ unit: 'binary', maxLength: 9_000, size: 'max' }), anyJson),
        fc.uint8Array({ minLength: 32, maxLength: 64 }),
        (pointer, value, by) => {
          const message = `${JSON.stringify(pointer)}:${canonicalJson(value)}`;
          const hmac = createHmac('sha256', by).update(message).digest('hex');
          expect(one(value, pointer, by)).toBe(hmac.slice(0, 32));
        },
      ),
    );
  });

  it('are made of values of any depth', () => {
    const nested = (depth: number) => `${'{"b":1,"a":['.repeat(depth)}"x"${']}'.repeat(depth)}`;
    for (const depth of [3, 256]) {
      const sorted = `${'{"a":['.repeat(depth)}"x"${'],"b":1}'.repeat(depth)}`;
      expect(canonicalJson(parseJson(nested(depth)))).toBe(sorted);
    }
  });

  it('are others under another key, whose name tells so', () => {
    const other = Buffer.alloc(32, 8);
    expect(one('x', '/a', other)).not.toBe(one('x'));
    expect(fingerprintKeyName(other)).not.toBe(fingerprintKeyName(key));
  });

  it('keep numbers that a double cannot hold apart', () => {
    const of = (text: string) => fingerprintCredentials({ '/a': parseJson(text) }, key)['/a'];
    expect(of('12345678901234567890')).not.toBe(of('12345678901234567891'));
  });
});
