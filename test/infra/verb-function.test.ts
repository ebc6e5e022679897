import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundleFunctions } from '../../scripts/bench/bundles.ts';
import { THIRD_PARTY } from '../../scripts/third-party.ts';

const functionsFolder = join(import.meta.dirname, '..', '..', 'functions');
const VERBS = readdirSync(functionsFolder).filter((name) =>
  existsSync(join(functionsFolder, name, `${name}.lambda.ts`)),
);

/** In kB: what the functions have that talk to tenants, and the two that do not; and a little. */
const BUDGETS: Readonly<Record<string, number>> = { dispatch: 700, status: 750 };
const budgetOf = (verb: string): number => BUDGETS[verb] ?? 1300;

let folder: string;
let bundles: ReadonlyMap<string, Bundle>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenant-backup-bundle-'));
  bundles = new Map(bundleFunctions(folder).map((bundle) => [bundle.verb, bundle]));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

const bundleOf = (verb: string): Bundle => bundles.get(verb) ?? expect.fail(`${verb} is not deployed`);

/** Runs a program with a bundle as Lambda does: in a process of its own, in which no other module can be found. */
const run = ({ file, environment }: Bundle, program: string): string =>
  execFileSync(
    process.execPath,
    ['--input-type=module', '-e', `const module = await import('${pathToFileURL(file)}'); ${program}`],
    { cwd: folder, env: environment, encoding: 'utf8' },
  );

describe('the code of a function', () => {
  it('is there for each entry, and for nothing else', () => {
    expect([...bundles.keys()].sort()).toEqual(VERBS.sort());
  });

  it.each(VERBS)('of %s needs no other module, exports its handler and is small', (verb) => {
    const bundle = bundleOf(verb);
    expect(run(bundle, 'console.log(typeof module.handler)')).toBe('function\n');
    expect(readFileSync(bundle.file).length / 1000).toBeLessThan(budgetOf(verb));
    const map = JSON.parse(readFileSync(`${bundle.file}.map`, 'utf8'));
    expect(map).not.toHaveProperty('sourcesContent');
    // With `import { z }` in place of `import * as z`, all of zod's languages come along.
    const locales = map.sources.filter((path: string) => path.includes('/zod/v4/locales/'));
    expect(locales.map((path: string) => path.split('/').at(-1))).toEqual(['en.js']);
  });

  it.each(VERBS)(
    'of %s has the licences of what it bundles beside it, and no path of this machine',
    (verb) => {
      const { file } = bundleOf(verb);
      const beside = dirname(file);
      expect(readdirSync(beside).sort()).toEqual([THIRD_PARTY, 'index.mjs', 'index.mjs.map']);
      const text = readFileSync(join(beside, THIRD_PARTY), 'utf8');
      const { sources } = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: string[] };
      const packages = sources.map((source) => /.*node_modules\/((@[^/]+\/)?[^/]+)\//.exec(source)?.[1]);
      const named = text.split('\n').map((line) => /^(\S+) \d\S* \(.+\)$/.exec(line)?.[1]);
      expect(named).toEqual(expect.arrayContaining(packages.filter((name) => name !== undefined)));
      expect(text).toContain('Apache License');
      expect(text).not.toContain(functionsFolder);
    },
  );

  it('names the place of a defect in our files, not in the bundle', () => {
    // Lambda always says how much time is left. That it does not is a defect.
    const program =
      "await module.handler({ tenant: 'acme' }, {}).catch(({ message }) => console.log(message));";
    expect(run(bundleOf('restore'), program)).toMatch(/^unexpected TypeError at lambda\.ts:\d+:\d+$/m);
  });
});
