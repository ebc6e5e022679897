import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  COVERAGE,
  coverageOf,
  coverageTable,
  notCoveredBy,
  notCoveredTable,
} from '../../functions/config/coverage.ts';
import { type Sections, TENANT_SECTIONS, WORKSPACE_SECTIONS } from '../../functions/config/sections.ts';
import { DUMP_COLLECTIONS } from '../../functions/config/select-collections.ts';

const typesIn = (sections: Sections): string[] =>
  Object.values(sections).flatMap(({ type, sections: nested = {} }) => [type, ...typesIn(nested)]);

const names = (entries: readonly { what: string }[]): string[] => entries.map(({ what }) => what);

describe('COVERAGE', () => {
  it('names every type of object in a tree, once', () => {
    const types = new Set(['tenant', ...typesIn(TENANT_SECTIONS), ...typesIn(WORKSPACE_SECTIONS)]);
    expect(COVERAGE.flatMap(({ hub }) => hub).sort()).toEqual([...types].sort());
  });

  it('names every collection of a dump, once', () => {
    expect(COVERAGE.flatMap(({ system }) => system).sort()).toEqual(Object.keys(DUMP_COLLECTIONS).sort());
  });

  it('names everything once, with one line to know about it', () => {
    expect(new Set(names(COVERAGE)).size).toBe(COVERAGE.length);
    for (const { note } of COVERAGE) expect(note).toMatch(/^[^\n|]+$/);
  });

  it('holds what is configured in every collection that is not filled at runtime', () => {
    const runtime = Object.keys(DUMP_COLLECTIONS).filter((name) => DUMP_COLLECTIONS[name]?.runtime);
    const noted = COVERAGE.filter(({ note }) => note.startsWith('happens at runtime'));
    expect(noted.flatMap(({ system }) => system).sort()).toEqual(runtime.sort());
  });
});

describe('notCoveredBy', () => {
  it.each([
    [['hub'], ['ACRs', 'users', 'permission systems'], ['clients', 'themes']],
    [['system'], ['identity pools', 'users'], ['ACRs', 'clients']],
    [
      ['hub', 'system'],
      ['users', 'permission systems'],
      ['ACRs', 'identity pools'],
    ],
    [['hub', 'system', 'identity'], ['permission systems'], ['users', 'ACRs']],
    [[], ['clients', 'users', 'ACRs'], []],
  ] as const)('%j', (kinds, lacking, held) => {
    const lacks = names(notCoveredBy(kinds));
    expect(lacks).toEqual(expect.arrayContaining([...lacking]));
    for (const what of held) expect(lacks).not.toContain(what);
  });
});

describe('coverageOf', () => {
  it('counts the objects of a backup, and lists what it lacks with none', () => {
    const rows = coverageOf(['hub'], { client: 3, policy: 2, policy_execution_point: 4, acrs: 9 });
    const row = (name: string) => rows.find(({ what }) => what === name);
    expect(row('clients')).toMatchObject({ kinds: ['hub'], objects: 3 });
    expect(row('policies')).toMatchObject({ kinds: ['hub'], objects: 6 });
    expect(row('webhooks')).toMatchObject({ kinds: ['hub'], objects: 0 });
    expect(row('ACRs')).toMatchObject({ kinds: [], objects: 0 });
    expect(rows.filter(({ kinds }) => kinds.length === 0).map(({ what }) => what)).toEqual(
      names(notCoveredBy(['hub'])),
    );
  });

  it('counts once what two exports hold', () => {
    const rows = coverageOf(['hub', 'system'], { client: 3, clients: 4 });
    expect(rows.find(({ what }) => what === 'clients')).toMatchObject({
      kinds: ['hub', 'system'],
      objects: 4,
    });
  });
});

describe('docs/COVERAGE.md', () => {
  it.each([
    ['held', coverageTable],
    ['not held', notCoveredTable],
  ] as const)('shows the table of what is %s as it is', async (name, table) => {
    const page = await readFile(new URL('../../docs/COVERAGE.md', import.meta.url), 'utf8');
    const [, rest = ''] = page.split(`<!-- ${name}: made from functions/config/coverage.ts -->\n`);
    expect(rest.split(`<!-- /${name} -->`)[0]).toBe(`\n${table()}\n\n`);
  });
});
