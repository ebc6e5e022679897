import { beforeAll, describe, expect, test } from 'vitest';
import { importsOf, judge, sourcesOf } from './imports.ts';

describe('imports', () => {
  test('go in the directions that the design allows', async () => {
    const { edges, values, breaches } = await judge(
      await sourcesOf('functions', 'infra', 'scripts/cli', 'scripts/terminal'),
    );
    expect(breaches).toEqual([]);
    // A search that sees nothing would find nothing.
    expect(edges).toContain(
      'functions/restore/run/execute-restore.ts → functions/backup/take-safety-backup.ts',
    );
    expect(edges).toContain('functions/restore/source/restore-plan.ts → functions/runtime/clients.ts');
    expect(values).not.toContain('functions/restore/source/restore-plan.ts → functions/runtime/clients.ts');
    expect(
      values.some((edge) => /^functions\/vault\/storage\/vault\.client\.ts → .*@aws-sdk/.test(edge)),
    ).toBe(true);
  });

  /** Each breaks one rule. All lie in one tree, as reading a tree takes a second. */
  const FAULTS: [rule: RegExp, file: string, imported: string][] = [
    [
      /^tenant, config, vault know nothing of/,
      'functions/config/knows-a-verb.ts',
      "import type { B } from '../backup/take-backup.ts';",
    ],
    [
      /^backup know nothing of/,
      'functions/backup/knows-restore.ts',
      "import { verifyTree } from '../restore/parts/verification.ts';",
    ],
    [
      /^tenant does not know the other nouns/,
      'functions/tenant/knows-vault.ts',
      "import { a } from '../vault/format/layout.ts';",
    ],
    [
      /^functions\/config\/json knows only/,
      'functions/config/json/knows-compare.ts',
      "import type { A } from '../compare/drift.ts';",
    ],
    [
      /^functions\/vault\/keys knows only/,
      'functions/vault/keys/knows-chain.ts',
      "import { a } from '../chain.ts';",
    ],
    [
      /^leaves know leaves alone/,
      'functions/errors.ts',
      "export { parseJson } from './config/json/json.ts';",
    ],
    [
      /^nouns know nothing of/,
      'functions/vault/knows-clients.ts',
      "import type { Clients } from '../runtime/clients.ts';",
    ],
    [
      /^no file imports a Lambda/,
      'functions/backup/knows-entry.ts',
      "import type { handler } from './backup.lambda.ts';",
    ],
    [
      /^functions know neither/,
      'functions/vault/knows-infra.ts',
      "import * as stack from '../../infra/stack.ts';",
    ],
    [/^every import leads/, 'functions/vault/knows-nothing.ts', "import { a } from './not-there.ts';"],
    [/^no import goes in a circle/, 'functions/config/json/pointer.ts', "import '../compare/compare.ts';"],
    [
      /^steps know only types/,
      'functions/backup/composes.ts',
      "import { createClients } from '../runtime/clients.ts';",
    ],
    [
      /^plain files know only types/,
      'functions/restore/knows-a-client.ts',
      "import {\n  a,\n  type B,\n} from '../vault/storage/vault.client.ts';",
    ],
    [/^plain files do not talk/, 'functions/vault/knows-https.ts', "import { request } from 'node:https';"],
    [
      /^plain files do not talk/,
      'functions/vault/knows-the-sdk.ts',
      "const s3 = await import('@aws-sdk/client-s3');",
    ],
    [/^what is deployed needs no/, 'functions/vault/knows-a-test-library.ts', "import fc from 'fast-check';"],
    ...['commands', 'ui'].map((room): [RegExp, string, string] => [
      /^verbs and texts of the command leave the AWS SDK/,
      `scripts/cli/${room}/knows-the-sdk.ts`,
      "import type { S3Client } from '@aws-sdk/client-s3';",
    ]),
  ];

  let breaches: string[];
  beforeAll(async () => {
    const sources = await sourcesOf('functions', 'infra', 'scripts/cli');
    for (const [, file, imported] of FAULTS) {
      sources.set(file, `${imported}\n${sources.get(file) ?? ''}`);
    }
    ({ breaches } = await judge(sources));
  });

  test.each(FAULTS)('that break the rule %s are found in %s: %s', (rule, file) => {
    // A circle is told of once, from any of its files.
    expect(breaches.filter((breach) => rule.test(breach) && breach.includes(file))).not.toEqual([]);
  });

  test('are all read, however they are written', async () => {
    const text = [
      "import './a.ts';",
      "import b, { type C } from './b.ts';",
      "import type { D } from './d.ts';",
      "export * from './e.ts';",
      "export type { F } from './f.ts';",
      "import {\n  g,\n} from './g.ts';",
      "// import './not.ts';",
    ].join('\n');
    expect(importsOf(text).map(({ specifier, typeOnly }) => [specifier, typeOnly])).toEqual([
      ['./a.ts', false],
      ['./b.ts', false],
      ['./d.ts', true],
      ['./e.ts', false],
      ['./f.ts', true],
      ['./g.ts', false],
    ]);
    for (const [file, source] of await sourcesOf('functions', 'infra', 'scripts/cli')) {
      expect(importsOf(source).filter(({ specifier }) => specifier !== '').length, file).toBe(
        source.split('\n').filter((line) => /^(import|export|\}).* from '|^import '/.test(line)).length,
      );
    }
  });
});
