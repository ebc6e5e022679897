import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, type Page, PROJECT, pages, proseOf } from './pages.ts';

interface Link {
  readonly target: string;
  /** From the project's folder; the page itself where the link is an anchor alone. */
  readonly path: string;
  readonly anchor: string | undefined;
}

function linksOf(page: Page): Link[] {
  const targets = [...proseOf(page).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^https?:/.test(target))
    .map((target) => {
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? page.path : normalize(join(dirname(page.path), file));
      return { target, path, anchor };
    });
}

describe.each(pages.map((page) => [page.path, page] as const))('%s', (_, page) => {
  it('links to files and sections that exist', () => {
    const broken = linksOf(page).filter(({ path, anchor }) => {
      if (!existsSync(`${PROJECT}${path}`)) return true;
      const there = pages.find((each) => each.path === path);
      return anchor !== undefined && !(there && anchorsOf(there).has(anchor));
    });
    expect(broken.map(({ target }) => target)).toEqual([]);
  });

  it('names files that exist', () => {
    const named = [
      ...proseOf(page).matchAll(
        /(?<![\w/.-])((?:docs|functions|infra|scripts|test)\/[\w./-]*[\w/-])(?![\w<*…-])/g,
      ),
    ].map(([, path = '']) => path);
    // A tree in a diagram or a pattern is no file.
    expect(named.filter((path) => !existsSync(`${PROJECT}${path}`))).toEqual([]);
  });
});

it('finds links and anchors at all', () => {
  expect(pages.flatMap(linksOf).length).toBeGreaterThan(50);
  const runbook = pages.find(({ path }) => path === 'docs/RUNBOOK.md');
  expect(runbook && anchorsOf(runbook)).toContain('the-vaults-rules-changed');
});

it('every page of docs/ can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const path of reached) {
    const page = pages.find((each) => each.path === path);
    for (const link of page ? linksOf(page) : []) reached.add(link.path);
  }
  expect(pages.filter(({ path }) => !reached.has(path)).map(({ path }) => path)).toEqual([]);
});
