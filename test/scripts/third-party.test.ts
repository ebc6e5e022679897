import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packagesOf, readPackage, thirdPartyText } from '../../scripts/third-party.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenant-backup-licences-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a package counts if the bundle holds code of it, a nested one by itself', () => {
  const inputs = {
    'functions/plan/plan.ts': { bytesInOutput: 5 },
    'node_modules/zod/index.js': { bytesInOutput: 5 },
    'node_modules/zod/deep/node_modules.js': { bytesInOutput: 5 },
    'node_modules/@a/b/dist/x.js': { bytesInOutput: 5 },
    'node_modules/@a/b/node_modules/c/x.js': { bytesInOutput: 5 },
    'node_modules/unused/x.js': { bytesInOutput: 0 },
  };
  expect(packagesOf({ outputs: { 'index.mjs': { inputs }, 'index.mjs.map': { inputs: {} } } })).toEqual([
    'node_modules/@a/b',
    'node_modules/@a/b/node_modules/c',
    'node_modules/zod',
  ]);
});

describe('the licence of a package', () => {
  const packageWith = (files: Record<string, string>, license: unknown = 'MIT'): string => {
    const place = mkdtempSync(join(folder, 'package-'));
    mkdirSync(join(place, 'dist'));
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'x', version: '1.0.0', license }));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text);
    return place;
  };

  test.each(['LICENSE', 'LICENCE.md', 'license.txt', 'COPYING', 'LICENSE-MIT', 'NOTICE'])(
    'is its file %s',
    (name) => {
      expect(readPackage(packageWith({ [name]: 'terms\n', 'index.js': 'code' }))).toEqual({
        title: 'x 1.0.0 (MIT)',
        text: 'terms',
      });
    },
  );

  test('has its notices as well', () => {
    expect(readPackage(packageWith({ LICENSE: 'terms', NOTICE: 'notices' })).text).toBe('terms\n\nnotices');
  });

  test.each([undefined, null, { type: 'MIT' }])('must be named: %j', (license) => {
    const place = packageWith({}, license ?? null);
    expect(() => readPackage(place)).toThrow('x 1.0.0 names no licence');
  });

  test('is written once for all that have it', () => {
    const text = thirdPartyText([
      { title: 'a 1 (MIT)', text: 'terms' },
      { title: 'b 1 (ISC)', text: 'others' },
      { title: 'c 1 (MIT)', text: 'terms' },
    ]);
    expect(text.split('terms')).toHaveLength(2);
    expect(text).toMatch(/^a 1 \(MIT\)\nc 1 \(MIT\)\n\nterms\n\n-+\n\nb 1 \(ISC\)\n\nothers\n$/);
  });
});
