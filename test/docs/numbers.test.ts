import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { PROJECT, pages } from './pages.ts';

/** Numbers of the README are those that the command beside them prints. */

const readme = pages.find(({ path }) => path === 'README.md')?.text ?? '';
const output = (script: string, ...args: string[]): string => {
  const { stdout, status } = spawnSync(process.execPath, [`${PROJECT}scripts/${script}/main.ts`, ...args], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  return stdout;
};
const sectionOf = (heading: string): string =>
  readme.slice(readme.indexOf(`## ${heading}\n`)).split(/\n## /)[0] ?? '';

describe('the costs in the README', () => {
  const bill = output('cost', '--tenants', '1000', '--size', '1MB');
  const section = sectionOf('What it costs');
  const dollars = (text: string | undefined): number => Number(text?.replaceAll(',', ''));

  it('are the sums of each service', () => {
    const rows = [...section.matchAll(/^\| ([A-Z][\w ]+) \| ([\d.,]+) \|$/gm)];
    expect(rows.length).toBeGreaterThan(4);
    for (const [, service = '', sum] of rows) {
      const lines = [...bill.matchAll(new RegExp(`^${service} .* ([\\d.,]+)$`, 'gm'))];
      const total = lines.reduce((so, [, each]) => so + dollars(each), 0);
      expect({ service, total: total.toFixed(2) }).toEqual({ service, total: dollars(sum).toFixed(2) });
    }
  });

  it('come to the total, and to what a further tenant costs', () => {
    const [, total] = /a month +([\d.,]+)$/m.exec(bill) ?? [];
    expect(section).toContain(`**${total}**`);
    const [, further, share] = /costs ([\d.]+) cents a month.* ([\d.]+) cents\./.exec(bill) ?? [];
    expect(section).toContain(`costs ${further} cents, and ${Number(share)} cents for its secret`);
  });
});
