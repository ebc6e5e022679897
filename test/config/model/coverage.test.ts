import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { DUMP_COLLECTIONS } from '../../../functions/config/model/collections.ts';
import {
  COVERAGE,
  countName,
  coverageOf,
  coverageTable,
  EXPORT_KINDS,
  isBesideTree,
  notCoveredBy,
  notCoveredTable,
} from '../../../functions/config/model/coverage.ts';
import { IDENTITY_COLLECTIONS } from '../../../functions/config/model/dump-collections.ts';
import {
  type Sections,
  TENANT_SECTIONS,
  WORKSPACE_SECTIONS,
} from '../../../functions/config/model/sections.ts';
import { COLLECTIONS } from '../../../scripts/sandbox/state/dump/collections.ts';

const typesIn = (sections: Sections): string[] =>
  Object.values(sections).flatMap(({ type, sections: nested = {} }) => [type, ...typesIn(nested)]);

const names = (entries: readonly { what: string }[]): string[] => entries.map(({ what }) => what);

describe('COVERAGE', () => {
  it('names every type of object in a tree, once', () => {
    const types = new Set(['tenant', ...typesIn(TENANT_SECTIONS), ...typesIn(WORKSPACE_SECTIONS)]);
    expect(COVERAGE.flatMap(({ hub }) => hub).sort()).toEqual([...types].sort());
  });

  it('names every collection of a dump, once, and the scopes inside services', () => {
    const names = ['scopes', ...Object.keys(DUMP_COLLECTIONS)];
    expect(COVERAGE.flatMap(({ system }) => system).sort()).toEqual(names.sort());
    expect(COVERAGE.flatMap(({ identity }) => identity).sort()).toEqual(
      Object.keys(IDENTITY_COLLECTIONS).sort(),
    );
  });

  it('tells what the tree lacks as the vendor describes both', () => {
    for (const [name, { beside = false }] of Object.entries(COLLECTIONS)) {
      expect({ name, beside: isBesideTree(name) }).toEqual({ name, beside });
    }
    expect(isBesideTree('a_collection_of_a_later_release')).toBe(true);
  });

  it('names everything once, with one line to know about it', () => {
    expect(new Set(names(COVERAGE)).size).toBe(COVERAGE.length);
    for (const { note } of COVERAGE) expect(note).toMatch(/^[^\n|]+$/);
  });

  it('holds what is configured in every collection that is not filled at runtime', () => {
    const runtime = Object.keys(DUMP_COLLECTIONS).filter((name) => DUMP_COLLECTIONS[name]?.runtime);
    const noted = COVERAGE.filter(({ note }) => note.startsWith('runtime data'));
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
  const hub = [{ name: 'hub.config' }, { name: 'hub.credentials' }];
  const rowsOf = (parts: readonly { name: string }[], objects: Record<string, number>) => {
    const rows = coverageOf({ parts, objects });
    return (name: string) => rows.find(({ what }) => what === name);
  };

  it('counts what is held, and names the exports that would hold the rest', () => {
    const row = rowsOf(hub, { client: 3, policy: 2, policy_execution_point: 4, system_acrs: 9 });
    expect(row('clients')).toMatchObject({ coverage: 'held', kinds: ['hub'], objects: 3 });
    expect(row('policies')).toMatchObject({ coverage: 'held', kinds: ['hub'], objects: 6 });
    expect(row('webhooks')).toMatchObject({ coverage: 'held', kinds: ['hub'], objects: 0 });
    expect(row('ACRs')).toMatchObject({ coverage: 'elsewhere', kinds: ['system'], objects: 0 });
    expect(row('users')).toMatchObject({ coverage: 'elsewhere', kinds: ['identity'], objects: 0 });
    expect(row('permission systems')).toMatchObject({ coverage: 'nowhere', kinds: [], objects: 0 });
  });

  it('agrees with the list of what is not covered', () => {
    const lacking = coverageOf({ parts: hub, objects: {} }).filter(({ coverage }) => coverage !== 'held');
    expect(names(lacking)).toEqual(names(notCoveredBy(['hub'])));
  });

  it('counts once what two exports hold, and takes no part for another one', () => {
    const parts = [...hub, { name: 'system.config' }, { name: 'identity.credentials' }];
    const row = rowsOf(parts, {
      client: 3,
      system_clients: 4,
      tenant: 1,
      system_tenant: 1,
      identity_users: 7,
    });
    expect(row('clients')).toMatchObject({ kinds: ['hub', 'system'], objects: 4 });
    expect(row('tenant: name, settings, styling, signing keys')).toMatchObject({ objects: 1 });
    expect(row('users')).toMatchObject({ coverage: 'held', kinds: ['identity'], objects: 7 });
  });

  it('holds what an enrolment must ask for only if there is some', () => {
    const parts = [{ name: 'system.config' }];
    const rotation = 'schedules of automatic key rotation';
    expect(rowsOf(parts, {})(rotation)).toMatchObject({ coverage: 'elsewhere', kinds: ['system'] });
    const row = rowsOf(parts, { system_automatic_key_rotations: 2 });
    expect(row(rotation)).toMatchObject({ coverage: 'held', kinds: ['system'], objects: 2 });
  });

  it('gives every count a name that a manifest takes, each another one', () => {
    const counted = COVERAGE.flatMap((row) =>
      EXPORT_KINDS.flatMap((kind) => row[kind].map((type) => countName(kind, type))),
    );
    expect(new Set(counted).size).toBe(counted.length);
    expect(counted.length).toBeLessThan(100);
    for (const name of counted) expect(name).toMatch(/^[a-z][a-z0-9_]{0,63}$/);
  });
});

describe('docs/COVERAGE.md', () => {
  it.each([
    ['held', coverageTable],
    ['not held', notCoveredTable],
  ] as const)('shows the table of what is %s as it is', async (name, table) => {
    const page = await readFile(new URL('../../../docs/COVERAGE.md', import.meta.url), 'utf8');
    const [, rest = ''] = page.split(`<!-- ${name}: made from functions/config/model/coverage.ts -->\n`);
    expect(rest.split(`<!-- /${name} -->`)[0]).toBe(`\n${table()}\n\n`);
  });
});
