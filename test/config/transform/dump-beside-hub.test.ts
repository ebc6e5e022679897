import { describe, expect, test } from 'vitest';
import { planDumpChanges } from '../../../functions/config/change/dump-change-set.ts';
import type { JsonObject } from '../../../functions/config/json/json.ts';
import { COVERAGE, isBesideTree } from '../../../functions/config/model/coverage.ts';
import { dumpBesideHub } from '../../../functions/config/transform/dump-beside-hub.ts';
import { parseTransform } from '../../../functions/config/transform/transform-schema.ts';
import { CANARY_MARKER, type DemoTenant, demoTenants } from '../../../scripts/demo/tenants.ts';
import { dumpOf } from '../../../scripts/sandbox/state/dump/dump.ts';

const { id, tree, dump: beside } = demoTenants()[0] as DemoTenant;
const source = dumpOf(id, { tree, beside, ids: new Map() } as never) as JsonObject;
const textOf = (dump: JsonObject, isMeant: (type: string) => boolean) =>
  JSON.stringify(Object.entries(dump).filter(([name]) => isMeant(name)));

describe('a dump for another tenant', () => {
  test('names that tenant in every object', () => {
    const { dump, isOwnType } = dumpBesideHub(source, undefined, 'other', [], true);
    const text = textOf(dump, isOwnType);
    expect(text).toContain('"tenant_id":"other"');
    expect(text).not.toContain(`"tenant_id":"${id}"`);
    const { problems, changes } = planDumpChanges(dump, { ...dump, acrs: [] }, { mode: 'update', isOwnType });
    expect(problems).toEqual([]);
    expect(new Set(changes.filter(({ kind }) => kind === 'created').map(({ type }) => type))).toEqual(
      new Set(['acrs']),
    );
  });

  test('leaves out what means nothing there, and says so', () => {
    const { isOwnType, warnings } = dumpBesideHub(source, undefined, 'other', [], true);
    const types = COVERAGE.flatMap(({ system }) => system).filter(isBesideTree);
    expect(types.filter((type) => !isOwnType(type))).toEqual(['roles', 'vanity_domains']);
    expect(warnings).toMatchObject([
      { code: 'TENANT_BOUND', message: expect.stringMatching(/^5 roles and/) },
    ]);
  });

  test('follows the renames of workspaces, clients and texts', () => {
    const transform = parseTransform({
      ids: { workspaces: { customers: 'people' } },
      replace: [
        { from: 'Newsletter', to: 'Letter' },
        { from: 'crm-token', to: 'not-an-id' },
      ],
    });
    const { dump, isOwnType } = dumpBesideHub(source, transform, 'other', [], true);
    const text = textOf(dump, isOwnType);
    expect(text).toContain('"server_id":"people"');
    expect(text).not.toContain('"customers"');
    expect(text).toContain('"name":"Letter"');
    expect(text).toContain('"id":"crm-token"');
    expect(JSON.stringify(dump['servers'])).toContain('"id":"people"');
  });

  test('carries secrets, or leaves them out', () => {
    const carried = dumpBesideHub(source, undefined, 'other', [], true);
    expect(textOf(carried.dump, isBesideTree)).toContain(CANARY_MARKER);
    const regenerated = dumpBesideHub(
      source,
      parseTransform({ credentials: 'regenerate' }),
      'other',
      [],
      true,
    );
    expect(textOf(regenerated.dump, isBesideTree)).not.toContain(CANARY_MARKER);
    expect(regenerated.warnings.map(({ code }) => code)).toEqual(['CREDENTIALS_LOST', 'TENANT_BOUND']);
    // Those of scripts.
    expect(regenerated.warnings[0]?.message).toMatch(/^2 credentials/);
  });

  test('is the same for the tenant itself', () => {
    expect(dumpBesideHub(source, undefined, undefined, [], true)).toMatchObject({
      dump: source,
      warnings: [],
    });
    const { dump, isOwnType } = dumpBesideHub(source, parseTransform({}), undefined, [], true);
    expect(dump).toEqual(source);
    expect(isOwnType('roles')).toBe(true);
  });

  test('leaves out what no API of the enrolment takes, and says so', () => {
    const schedule = { tenant_id: id, server_id: 'customers', use: 'sig', enabled: true };
    const dump = { ...source, automatic_key_rotations: [schedule] };
    const { isOwnType, warnings } = dumpBesideHub(dump, undefined, undefined, [], false);
    expect(isOwnType('automatic_key_rotations')).toBe(false);
    expect(warnings).toMatchObject([
      { code: 'KEY_ROTATION_ABSENT', message: expect.stringMatching(/^1 schedules/) },
    ]);
    expect(dumpBesideHub(dump, undefined, undefined, [], true).isOwnType('automatic_key_rotations')).toBe(
      true,
    );
  });
});
