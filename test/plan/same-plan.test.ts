import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { planChanges } from '../../functions/config/change/change-set.ts';
import {
  hubPlanOf,
  type Plan,
  type PlanDocument,
  parsePlan,
  planDocumentOf,
  planSchema,
} from '../../functions/plan/plan-document.ts';
import { requestOfPlan, requireSamePlan } from '../../functions/plan/same-plan.ts';
import { readPlan } from '../../functions/plan/stored-plan.ts';
import { digestOfJson } from '../../functions/vault/storage/json-objects.client.ts';
import { rejectionOf } from '../rejection.ts';

const workspace = (clients: object) => ({ servers: { main: { name: 'Main', clients } } });
const DESIRED = workspace({
  portal: { client_name: 'Portal', client_secret: 'canary-old', redirect_uris: ['https://portal.example'] },
  shop: { client_name: 'Shop', grant_types: ['a', 'b'] },
});
const LIVE = workspace({
  portal: { client_name: 'Portal', client_secret: 'canary-new', redirect_uris: ['https://evil.example'] },
  extra: { client_name: 'Extra' },
});

const ISSUER = 'https://acme.example/acme/system';

const SHOWN = planDocumentOf(
  {
    tenant: 'acme',
    createdAt: '2026-02-01T10:00:00.000Z',
    softwareVersion: '0.1.0',
    otherParts: ['identity'],
    desired: {
      kind: 'backup',
      tenant: 'acme',
      tier: 'daily',
      versionId: 'v1',
      etag: '"e1"',
      backupId: '20260131T020000Z-aabbccdd',
      storedAt: '2026-01-31T02:00:05.000Z',
    },
    actual: { kind: 'live', tenant: 'acme', issuer: ISSUER, exportedAt: '2026-02-01T10:00:00.000Z' },
    options: {
      selection: {
        include: [
          { resourceType: 'client', workspaces: ['main'], ids: ['*'], resourceQuery: { state: 'x' } },
        ],
        exclude: [
          { resourceType: 'client', workspaces: ['x'], ids: ['legacy'], resourceQuery: { state: 'x' } },
        ],
        dependencies: 'add',
      },
      mode: 'update',
      credentials: 'restore',
      prune: true,
      transform: { replace: [{ from: 'old-name', to: 'new-name' }] },
    },
  },
  [
    [
      'hub',
      hubPlanOf(planChanges(DESIRED as never, LIVE as never, { mode: 'update', prune: true }), {
        credentialsCompared: true,
        digest: '0'.repeat(64),
      }),
    ],
  ],
  [{ code: 'SOURCE_MISMATCH', message: 'a warning', pointers: ['/w'] }],
);

/** The plan as it is stored, with a value in each place that a plan may have. */
const DOCUMENT: PlanDocument = parsePlan(
  JSON.parse(
    JSON.stringify({
      ...SHOWN,
      changes: [
        ...SHOWN.changes,
        {
          type: 'script',
          id: 's',
          workspace: 'main',
          pointer: '/servers/main/scripts/s',
          name: 'S',
          kind: 'updated',
          isDependency: true,
          properties: [{ pointer: '/body', oldCharacters: 1, newCharacters: 2, secret: false }],
        },
      ],
      leftOut: ['/own'],
      dependencies: {
        added: ['/added'],
        missing: [{ type: 'pool', id: 'p', pointers: ['/idp'], severity: 'error' }],
      },
      generatedCredentials: ['/generated'],
      problems: [{ code: 'P', pointer: '/p', message: 'a problem' }],
    }),
  ),
);
const NOW = new Date('2026-02-01T12:00:00Z');
const PLAN: Plan = { ...DOCUMENT, planId: digestOfJson(DOCUMENT) };

/** Every place of a value, with its value. */
function* placesOf(value: unknown, path: readonly string[] = []): Generator<[string[], unknown]> {
  if (typeof value !== 'object' || value === null) {
    yield [[...path], value];
    return;
  }
  for (const [name, inner] of Object.entries(value)) yield* placesOf(inner, [...path, name]);
}

/** A copy with another value in one place. */
function altered(path: readonly string[], value: unknown): PlanDocument {
  const copy = structuredClone(DOCUMENT) as unknown as Record<string, unknown>;
  let at = copy;
  for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>;
  at[path.at(-1) ?? ''] = value;
  return copy as unknown as PlanDocument;
}

const other = (value: unknown): unknown =>
  typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${value}-other`;

/** When and by what it was made: nothing that is done depends on them. */
const CIRCUMSTANCES = new Set(['createdAt', 'softwareVersion', 'actual.exportedAt']);

const PLACES = [...placesOf(DOCUMENT)].map(([path, value]): [string, string[], unknown] => [
  path.join('.'),
  path,
  value,
]);

/** Lists the places that a schema allows, with `*` for elements of lists and members of maps. */
function placesIn(schema: z.core.JSONSchema.JSONSchema, path = ''): string[] {
  const { properties, items, additionalProperties, anyOf, oneOf } = schema;
  const below = (inner: unknown, name: string) =>
    placesIn(inner as z.core.JSONSchema.JSONSchema, path === '' ? name : `${path}.${name}`);
  const inner = [
    ...Object.entries(properties ?? {}).flatMap(([name, member]) => below(member, name)),
    ...(items ? below(items, '*') : []),
    ...(typeof additionalProperties === 'object' ? below(additionalProperties, '*') : []),
    ...[...(anyOf ?? []), ...(oneOf ?? [])].flatMap((each) =>
      placesIn(each as z.core.JSONSchema.JSONSchema, path),
    ),
  ];
  return inner.length > 0 ? inner : [path];
}

it('is tested with a value in every place that a plan may have', () => {
  const isLeaf = (value: unknown) => typeof value !== 'object' || value === null;
  const tested = PLACES.filter(([, , value]) => isLeaf(value)).map(([, path]) => path);
  const isTested = (place: string) => {
    const names = place.split('.');
    return tested.some((path) => names.every((name, at) => name === '*' || name === path[at]));
  };
  const places = placesIn(z.toJSONSchema(planSchema, { io: 'input', unrepresentable: 'any' }));
  expect(places.length).toBeGreaterThan(40);
  // `requestOfPlan` refuses plans between other states.
  const ofOtherStates = /^(desired\.(issuer|exportedAt)|actual\.(tier|versionId|etag|backupId|storedAt))$/;
  expect(places.filter((place) => !isTested(place) && !ofOtherStates.test(place))).toEqual([]);
});

describe('a plan that does not say what would be done now is refused, whatever differs:', () => {
  const telling = PLACES.filter(([name]) => !CIRCUMSTANCES.has(name));

  it.each(telling)('%s', async (name, path, value) => {
    const error = await rejectionOf(async () => requireSamePlan(PLAN, altered(path, other(value))));
    expect(error.code).toBe(name === 'digests.hub' ? 'PLAN_STALE' : 'PLAN_CHANGED');
    if (name !== 'digests.hub') expect(error.facts['differing']).toEqual([path[0]]);
  });

  it.each(['changes', 'problems', 'warnings', 'leftOut'] as const)(
    'one more, or one less, of %s',
    async (list) => {
      const more = { ...DOCUMENT, [list]: [...DOCUMENT[list], DOCUMENT.changes[0]] } as PlanDocument;
      expect((await rejectionOf(async () => requireSamePlan(PLAN, more))).code).toBe('PLAN_CHANGED');
      expect((await rejectionOf(async () => requireSamePlan({ ...more, planId: 'x' }, DOCUMENT))).code).toBe(
        'PLAN_CHANGED',
      );
    },
  );
});

it('is the same plan at another time, by another release, and in whatever order a server answers', () => {
  const again = {
    ...DOCUMENT,
    createdAt: '2026-02-01T11:00:00.000Z',
    softwareVersion: '0.2.0',
    actual: { ...DOCUMENT.actual, exportedAt: '2026-02-01T11:00:00.000Z' },
    changes: DOCUMENT.changes.toReversed().map((change) => ({
      ...Object.fromEntries(Object.entries(change).reverse()),
      properties: change.properties.toReversed(),
    })),
  } as PlanDocument;
  requireSamePlan(PLAN, again);
});

describe('a plan in the ledger', () => {
  const textOf = (document: object) => `${JSON.stringify(document, null, 2)}\n`;
  const ledgerWith = (text: string) => ({
    read: async () => ({
      document: JSON.parse(text),
      etag: '',
      writtenAt: new Date(0),
      digest: createHash('sha256').update(text).digest('hex'),
    }),
  });

  it('has an id that anybody computes from its bytes', async () => {
    const text = textOf(DOCUMENT);
    expect(PLAN.planId).toBe(createHash('sha256').update(text).digest('hex'));
    expect(await readPlan(ledgerWith(text), 'acme', PLAN.planId)).toEqual(PLAN);
  });

  it.each(PLACES)('is refused under its id when somebody changed %s', async (_, path, value) => {
    const forged = ledgerWith(textOf(altered(path, other(value))));
    expect((await rejectionOf(readPlan(forged, 'acme', PLAN.planId))).code).toBe('PLAN_CHANGED');
  });

  it.each([
    ['without spaces', JSON.stringify(DOCUMENT)],
    ['with a blank more', `${textOf(DOCUMENT)} `],
    ['with its members in another order', textOf(Object.fromEntries(Object.entries(DOCUMENT).reverse()))],
    ['with a member twice', textOf(DOCUMENT).replace('{', '{"tenant":"globex",')],
  ])('is refused under its id when it is written %s', async (_, text) => {
    const error = await rejectionOf(readPlan(ledgerWith(text), 'acme', PLAN.planId));
    expect(error.code).toBe('PLAN_CHANGED');
  });

  it('is refused to a tenant that it is not of', async () => {
    const error = await rejectionOf(readPlan(ledgerWith(textOf(DOCUMENT)), 'globex', PLAN.planId));
    expect(error.code).toBe('PLAN_CHANGED');
  });
});

describe('requestOfPlan', () => {
  it('asks for the very backup, with the options of the plan', () => {
    expect(requestOfPlan(PLAN, NOW)).toMatchObject({
      tenant: 'acme',
      desired: { tenant: 'acme', tier: 'daily', versionId: 'v1' },
      parts: ['hub'],
      mode: 'update',
      credentials: 'restore',
      prune: true,
      selection: DOCUMENT.options.selection,
      transform: { replace: [{ from: 'old-name', to: 'new-name' }] },
    });
  });

  it.each<[string, Partial<PlanDocument>]>([
    [
      'the tenant as it is',
      { desired: { kind: 'live', tenant: 'acme', issuer: ISSUER, exportedAt: '2026-02-01T10:00:00Z' } },
    ],
    [
      'another tenant',
      { actual: { kind: 'live', tenant: 'globex', issuer: ISSUER, exportedAt: '2026-02-01T10:00:00Z' } },
    ],
    ['two backups', { actual: DOCUMENT.desired }],
  ])('refuses a plan that compares with %s', async (_, changes) => {
    const error = await rejectionOf(async () => requestOfPlan({ ...PLAN, ...changes }, NOW));
    expect(error.code).toBe('INVALID_REQUEST');
  });
});
