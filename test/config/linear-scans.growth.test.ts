/** No text, number, name or id can make a backup, a comparison or a plan take more than its share: what doubles the document
 * doubles the work. */

import { expect, it } from 'vitest';
import { planChanges } from '../../functions/config/change/change-set.ts';
import { compareTrees } from '../../functions/config/compare/compare.ts';
import { isPlaceholder } from '../../functions/config/credentials/blank-secret.ts';
import { isSensitiveName } from '../../functions/config/credentials/lookalike.ts';
import { holdsSecret } from '../../functions/config/credentials/secret-texts.ts';
import { exportParts } from '../../functions/config/export/export-parts.ts';
import { withoutLastZeros } from '../../functions/config/json/decimal.ts';
import { type Json, parseJson, stringifyJson } from '../../functions/config/json/json.ts';
import { sameNumber, sameScalar } from '../../functions/config/json/same-value.ts';
import { matchesWildcard } from '../../functions/config/json/wildcard.ts';
import { transformTree } from '../../functions/config/transform/transform.ts';
import { parseTransform } from '../../functions/config/transform/transform-schema.ts';
import { HOSTILE_TEXTS } from '../../scripts/bench/hostile-texts.ts';
import { growthOf } from '../steps.ts';

/** Numbers of some multiple of `n` characters, as JSON writes them. */
const NUMBERS: Readonly<Record<string, (n: number) => string>> = {
  'a row of zeros': (n) => `1${'0'.repeat(n)}1`,
  'a fraction of zeros': (n) => `0.${'0'.repeat(n)}1`,
  'a fraction that ends in zeros': (n) => `0.1${'0'.repeat(n)}`,
  'many digits': (n) => '7'.repeat(n),
  'a long exponent': (n) => `1e${'9'.repeat(n)}`,
  'an exponent of zeros': (n) => `1e${'0'.repeat(n)}1`,
  'a small exponent': (n) => `1.5e-${'9'.repeat(n)}`,
};

/** A tenant that has the text wherever a person may write one. */
function treeWith(text: string, secret: string): Json {
  const client = { client_name: text, description: text, client_secret: secret, access_token_ttl: text };
  return {
    name: text,
    themes: { main: { name: 'Main', templates: { login: { content: text, updated_at: text } } } },
    servers: {
      shop: {
        name: 'Shop',
        secret,
        description: text,
        metadata: Object.fromEntries([[text, text]]),
        clients: Object.fromEntries([
          ['web', client],
          [text, client],
        ] as const),
        scripts: { one: { name: text, body: text } },
      },
    },
  };
}

const bytesOf = (value: Json): Buffer => Buffer.from(stringifyJson(value));
const transform = parseTransform({
  tenant: { id: { from: 'acme', to: 'other' } },
  hosts: { 'a.a': 'b.b' },
  ids: { workspaces: { shop: 'store' }, clients: { web: 'app' } },
  replace: [{ from: 'aaa', to: 'b' }],
});

const WORK: Readonly<Record<string, (text: string) => void>> = {
  'a backup': (text) => exportParts(bytesOf(treeWith(text, 's3cret')), bytesOf(treeWith(text, ''))),
  'a comparison': (text) => compareTrees(treeWith(text, 'one'), treeWith(`${text}.`, 'two')),
  'a plan': (text) =>
    planChanges(treeWith(text, 'one'), treeWith(`${text}.`, ''), { mode: 'update', credentials: 'restore' }),
  'a restore into another tenant': (text) => transformTree(treeWith(text, 'one'), transform),
  'a look for a secret': (text) => void [holdsSecret(text), isPlaceholder(text), isSensitiveName(text)],
  'a look at two values': (text) => sameScalar('ttl', text, `${text}0`),
  'a wildcard': (text) => matchesWildcard('*a*b*secret*', text),
};

/** Enough that what does not grow with the text counts for little. */
const CHARACTERS = 1_000;
/** Quadratic work on so many characters outlasts the time limit of a test. It tells what the count of steps does not see: the
 * inside of V8's own functions. */
const MANY_CHARACTERS = 100_000;

it('has many kinds of hostile text', () => {
  expect(Object.keys(HOSTILE_TEXTS).length).toBeGreaterThan(40);
});

it('counts the steps that are made', async () => {
  const growth = await growthOf((n) => () => withoutLastZeros('0'.repeat(n)), CHARACTERS);
  expect(growth).toBeGreaterThan(1.9);
});

const cases = <Work>(
  inputs: Readonly<Record<string, (n: number) => string>>,
  works: Readonly<Record<string, Work>>,
) =>
  Object.entries(inputs).flatMap(([input, make]) =>
    Object.entries(works).map(([name, work]) => ({ name, input, make, work })),
  );

it.each(cases(HOSTILE_TEXTS, WORK))(
  'does $name in proportion to the text: $input',
  async ({ make, work }) => {
    expect(await growthOf((n) => () => work(make(n)), CHARACTERS)).toBeLessThan(2.1);
  },
);

it.each(Object.entries(HOSTILE_TEXTS))('gets through much of it: %s', (_, make) => {
  const ofLength = (characters: number) => make(Math.floor((characters * 10_000) / make(10_000).length));
  const text = ofLength(MANY_CHARACTERS);
  for (const work of Object.values(WORK)) work(text);
  const whole = bytesOf({ description: ofLength(4_000_000), servers: {} });
  exportParts(whole, whole);
});

const NUMBER_WORK: Readonly<Record<string, (number: string) => void>> = {
  'a backup': (number) => {
    const document = (secret: string) =>
      `{"servers":{"shop":{"secret":"${secret}","max_age":${number},"name":"x"}}}`;
    exportParts(Buffer.from(document('s3cret')), Buffer.from(document('')));
  },
  'a comparison': (number) => {
    const [one, other] = [parseJson(number), parseJson(number.replace('1', '2'))];
    sameNumber(one, other);
  },
};

it.each(cases(NUMBERS, NUMBER_WORK))(
  'does $name in proportion to the digits: $input',
  async ({ make, work }) => {
    expect(await growthOf((n) => () => work(make(n)), CHARACTERS)).toBeLessThan(2.1);
  },
);

it.each(Object.entries(NUMBERS))('gets through many digits: %s', (_, make) => {
  for (const work of Object.values(NUMBER_WORK)) work(make(MANY_CHARACTERS));
});
