import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { synthesize } from '../infra/synthesize.ts';
import { PROJECT, pages } from './pages.ts';

/** The table of stolen things promises what tests show. */

const { text } = pages.find(({ path }) => path === 'docs/SECURITY.md') ?? expect.fail('no page');
const [, table = ''] =
  /^\| stolen \| can \| cannot \| shown by \|\n\|[-|]+\|\n((?:\|.*\n)+)/m.exec(text) ?? [];

interface Shown {
  readonly title: string;
  readonly file: string;
}
const shownBy = (cell: string): Shown[] =>
  [...cell.matchAll(/\[`?([^\]`]+)`?\]\(\.\.\/([^)]+)\)/g)].map(([, title = '', file = '']) => ({
    title,
    file,
  }));
const rows = table
  .trimEnd()
  .split('\n')
  .map((line) => line.split(' | '))
  .map((cells): [what: string, cells: string[], shown: Shown[]] => [
    cells[0] ?? '',
    cells,
    shownBy(cells.at(-1) ?? ''),
  ]);
const titles = rows.flatMap(([, , shown]) => shown.map(({ title }) => title));

describe('the table of stolen things', () => {
  it('has rows', () => {
    expect(rows.length).toBeGreaterThan(15);
  });

  it.each(rows)('%s: names tests that exist', (_what, cells, shown) => {
    expect(cells).toHaveLength(4);
    expect(shown).not.toEqual([]);
    for (const { title, file } of shown) {
      expect(existsSync(join(PROJECT, file)), file).toBe(true);
      expect(readFileSync(join(PROJECT, file), 'utf8'), file).toContain(title);
    }
  });

  const resources = Object.entries(
    synthesize({ drill: { schedule: 'cron(0 5 ? * SUN *)', into: 'scratch' } }).toJSON()[
      'Resources'
    ] as Record<string, { readonly Type: string }>,
  );
  const named = (type: string): string[] =>
    resources.filter(([, { Type }]) => Type === type).map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));

  it.each(named('AWS::IAM::Role'))('has the role %s', (role) => {
    const verb = role.replace(/Role$/, 'Function');
    expect(titles).toContain(role.endsWith('ScheduleRole') ? role : verb[0]?.toLowerCase() + verb.slice(1));
  });

  it.each(named('AWS::IAM::ManagedPolicy'))('has the policy %s', (policy) => {
    const name = policy.replace('OperatorPolicies', '');
    expect(titles).toContain(name[0]?.toLowerCase() + name.slice(1));
  });
});
