import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PROJECT } from './pages.ts';

/** What only the forge runs: no test can, so that a wrong name would show when somebody needs it. */

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly uses?: string;
        readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
        readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
      }
    >
  >;
}

const read = (file: string): string => readFileSync(`${PROJECT}.github/${file}`, 'utf8');
const workflow = (name: string): Workflow => parse(read(`workflows/${name}`)) as Workflow;
const names = readdirSync(`${PROJECT}.github/workflows`);

describe.each(names)('%s', (name) => {
  const { jobs, permissions } = workflow(name);

  it('may read alone, unless a job says more', () => {
    expect(permissions).toEqual({ contents: 'read' });
  });

  it('pins every action to a major version', () => {
    const used = Object.values(jobs).flatMap(({ uses, steps = [] }) => [
      uses,
      ...steps.map((step) => step.uses),
    ]);
    const foreign = used.filter((uses) => uses !== undefined && !uses.startsWith('./'));
    expect(foreign.length + Number(used.includes('./.github/workflows/checks.yml'))).toBeGreaterThan(0);
    for (const uses of foreign) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
  });
});

it('the checks are all kinds of `npm test`, on the outer Node that the README asks for and on the one inside', () => {
  const { check } = workflow('checks.yml').jobs;
  const textOf = (file: string): string => readFileSync(`${PROJECT}${file}`, 'utf8');
  const [, kinds = ''] = /^const TEST_KINDS = \[(.*)\];$/m.exec(textOf('scripts/test.ts')) ?? [];
  const [, outer] = /\bneed Node (\d+) or newer\b/.exec(textOf('README.md')) ?? [];
  const { engines, devDependencies } = JSON.parse(textOf('package.json'));
  const inner = Number.parseInt(devDependencies.node, 10);
  expect(check?.strategy?.matrix).toEqual({
    kind: ['lint', 'types', ...[...kinds.matchAll(/'(\w+)'/g)].map(([, kind]) => kind)],
    node: [Number(outer), inner],
  });
  expect(engines.node).toBe(`>=${inner}`);
  expect(check?.steps?.at(-1)?.run).toMatch(/^npm test -- \$\{\{ matrix\.kind \}\}$/);
});

it('updates look at every list of Python packages', () => {
  const { updates } = parse(read('dependabot.yml'));
  const { directories } = updates.find(
    (each: Record<string, unknown>) => each['package-ecosystem'] === 'pip',
  );
  const folders = ['scripts', 'test'].flatMap((folder) =>
    readdirSync(`${PROJECT}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('requirements.txt'))
      .map((file) => `/${folder}/${file.replace('/requirements.txt', '')}`),
  );
  expect([...directories].sort()).toEqual(folders.sort());
});
