/** No text can make a scan slow: every regular expression of the product reads a text in time that grows with its length alone. */
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { analyse } from 'scslre';
import { parseAst } from 'vite';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Unanchored patterns with an unbounded run, which are linear for a reason that this test does not see. */
const LINEAR: Readonly<Record<string, string>> = {
  '[\\r\\n]+$': 'a secret of the person at the terminal',
  '(\\d[\\d.]*|an?) ?([hms])[a-z]*': 'a phrase of the command line, which another pattern has checked',
  '\\0.*$': 'the name in a header of 100 bytes',
  '(https?:\\/\\/[^\\s/"\'<>?#]+)(\\/[^\\s"\'<>?#]*)': 'no host has the slash that every match begins with',
  '-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \\1-----': 'no run has the hyphen that every match begins with',
};

interface Pattern {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

const patterns = globSync('{functions,scripts/cli,scripts/terminal}/**/*.ts', {
  cwd: ROOT,
}).flatMap((file) => patternsOf(file, readFileSync(`${ROOT}/${file}`, 'utf8')));

function patternsOf(file: string, code: string): Pattern[] {
  const found: Pattern[] = [];
  const stack: unknown[] = [parseAst(stripTypeScriptTypes(code))];
  for (let node = stack.pop(); stack.length > 0 || node !== undefined; node = stack.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    const { regex, type, callee } = node as {
      regex?: { pattern: string; flags: string };
      type?: string;
      callee?: { name?: string };
    };
    if (regex) found.push({ file, source: regex.pattern, flags: regex.flags });
    if ((type === 'NewExpression' || type === 'CallExpression') && callee?.name === 'RegExp') {
      found.push({ file, source: 'made at run time', flags: 'm' });
    }
    stack.push(...Object.values(node));
  }
  return found;
}

/** Whether a match can begin anywhere, and a run of any length can follow: each beginning may read the whole run. */
function mayRescan({ source, flags }: Pattern): boolean {
  const simple = source.replaceAll(/\\[pPu]\{[^}]*\}|\\./g, 'x').replaceAll(/\[[^\]]*\]/g, 'x');
  const isAnchored =
    flags.includes('y') || (!flags.includes('m') && alternativesOf(simple).every(startsAtTheStart));
  const isOneRun = /^x[+*]$/.test(simple);
  return !isAnchored && !isOneRun && /[*+]|\{\d+,\}/.test(simple);
}

/** The alternatives of a pattern as a whole, not those of its groups. */
function alternativesOf(pattern: string): string[] {
  const alternatives = [''];
  let depth = 0;
  for (const sign of pattern) {
    if (sign === '|' && depth === 0) alternatives.push('');
    else alternatives.push(alternatives.pop() + sign);
    if (sign === '(') depth++;
    if (sign === ')') depth--;
  }
  return alternatives;
}

/** Anchored, or without a run. */
const startsAtTheStart = (alternative: string): boolean =>
  alternative.startsWith('^') || !/[*+]|\{\d+,\}/.test(alternative);

it('finds the regular expressions of the product', () => {
  expect(patterns.length).toBeGreaterThan(60);
});

it.each([
  ['0+$', ''],
  ['[a-z][a-z0-9+.-]*:\\/\\/', 'i'],
  ['(^|_)blank_\\w*(secrets|credentials)$', ''],
  ['^-+|-+$', 'g'],
  ['^\\s*at .*', 'm'],
  ['a{3,}b', ''],
])('would refuse /%s/%s', (source, flags) => {
  expect(mayRescan({ file: '', source, flags })).toBe(true);
});

it.each(patterns)('reads each character a bounded number of times: $file /$source/$flags', (pattern) => {
  if (Object.hasOwn(LINEAR, pattern.source)) return;
  const { source, flags } = pattern;
  expect(mayRescan(pattern)).toBe(false);
  expect(analyse({ source, flags }).reports.map(({ type }) => type)).toEqual([]);
});
