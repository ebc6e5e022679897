import { describe, expect, it } from 'vitest';
import { type PlanOptions, planChanges } from '../../functions/config/change/change-set.ts';
import { asComparison } from '../../functions/plan/comparison.ts';
import { planAnswer } from '../../functions/plan/plan-answer.ts';
import { type Plan, parsePlan, planDocumentOf, shownProperty } from '../../functions/plan/plan-document.ts';
import { planText } from '../../functions/plan/plan-text.ts';
import type { Tree } from '../config/arbitraries.ts';

const planOf = (desired: Tree, live: Tree, options: Partial<PlanOptions> = {}): Plan => ({
  planId: '6f1f8c1e',
  ...parsePlan(
    JSON.parse(
      JSON.stringify(
        planDocumentOf(planChanges(desired, live, { mode: 'update', ...options }), {
          tenant: 'acme',
          createdAt: '2026-02-01T10:00:00.000Z',
          softwareVersion: '0.1.0',
          part: 'hub',
          desired: {
            kind: 'backup',
            tenant: 'acme',
            tier: 'daily',
            versionId: 'v1',
            etag: '"e1"',
            backupId: '20260131T020000Z-aabbccdd',
            storedAt: '2026-01-31T02:00:05.000Z',
          },
          actual: { kind: 'live', tenant: 'acme', exportedAt: '2026-02-01T10:00:00.000Z' },
          options: {
            selection: { include: [], exclude: [], dependencies: 'add' },
            mode: 'update',
            credentials: null,
            prune: false,
            transform: null,
          },
          credentialsCompared: true,
          digest: '0'.repeat(64),
        }),
      ),
    ),
  ),
});

const desired = {
  servers: {
    main: {
      name: 'Main',
      clients: {
        portal: {
          client_name: 'Portal',
          client_secret: 'canary-old',
          redirect_uris: ['https://portal.example'],
        },
        shop: { client_name: 'Shop' },
      },
      scripts: { enrich: { name: 'Enrich', body: 'canary-in-code' } },
      policies: {},
    },
  },
};
const live = {
  servers: {
    main: {
      name: 'Main',
      clients: {
        portal: {
          client_name: 'Portal',
          client_secret: 'canary-new',
          redirect_uris: ['https://evil.example'],
          tos_uri: 'x',
        },
      },
      scripts: { enrich: { name: 'Enrich', body: 'canary-in-other-code' } },
      policies: { extra: { policy_name: 'Two\nlines\u202e' } },
    },
  },
};

describe('planText', () => {
  it('has a line for each change and each value, and none for a secret', () => {
    const text = planText(planOf(desired, live));
    expect(text).toBe(
      [
        'plan 6f1f8c1e: make tenant acme of 2026-02-01T10:00:00.000Z what backup 20260131T020000Z-aabbccdd of acme (daily) is',
        '',
        '~ client portal "Portal" in main',
        '    client_secret: secret differs',
        '    redirect_uris: ["https://evil.example"] → ["https://portal.example"]',
        '    tos_uri: "x" → (none)',
        '+ client shop "Shop" in main',
        '~ script enrich "Enrich" in main',
        '    body: (22 characters) → (16 characters)',
        '? policy extra "Two\\u000alines\\u202e" in main',
        '',
        'warning CREDENTIALS_MADE_ANEW: 1 credentials are made up by SecureAuth: none is shown',
        '    /servers/main/clients/shop/client_secret',
        '1 credentials differ: choose "restore" (as in the backup) or "keep" (as they are)',
        '',
        'objects: 1 to create, 2 to update, 1 that only the tenant has, 2 unchanged',
      ].join('\n'),
    );
  });

  it('says when there is nothing to do, and when nothing can be done', () => {
    expect(planText(planOf(desired, desired)).split('\n').at(-1)).toBe('nothing to do; objects: 5 unchanged');
    expect(planText(planOf(desired, live, { mode: 'fail' }))).toContain('cannot be carried out; objects: ');
  });
});

describe('asComparison', () => {
  const compared = (from: Tree, to: Tree, options: Partial<PlanOptions> = {}) =>
    asComparison(planAnswer(planOf(to, from, { prune: true, credentials: 'restore', ...options })));
  const summaryOf = ({ text }: { text: string }) => text.split('\n').at(-1);

  it('says what was added, changed and removed', () => {
    expect(summaryOf(compared(live, desired))).toBe('objects: 1 added, 2 changed, 1 removed, 2 unchanged');
    expect(summaryOf(compared(desired, desired))).toBe('no differences; objects: 5 unchanged');
  });

  it.each<[what: string, to: Tree, options: Partial<PlanOptions>]>([
    [
      'a reference to nothing',
      { servers: { main: { name: 'Main', idps: { a: { identity_pool_id: 'gone' } } } } },
      {},
    ],
    ['objects that exist', desired, { mode: 'fail' }],
  ])('never says that it cannot be carried out, whatever a plan would: %s', (_, to, options) => {
    const plan = planAnswer(planOf(to, live, { prune: true, ...options }));
    expect(plan.text).toContain('cannot be carried out');
    const comparison = asComparison(plan);
    expect(comparison.text).not.toMatch(/cannot|problem|choose/);
    expect(comparison.problems).toEqual([]);
    expect(Object.keys(comparison.counts)).toEqual(expect.not.arrayContaining(['notRestorable', 'kept']));
  });

  it('tells what a release added from the old state to the new one', () => {
    const clientsWith = (more: Tree): Tree => ({
      servers: { main: { clients: { a: { client_name: 'A', ...more }, b: { client_name: 'B', ...more } } } },
    });
    const options = { acrossReleases: true, desiredIsNewer: true };
    const { text, changes } = compared(clientsWith({}), clientsWith({ added: 'x' }), options);
    expect(changes).toEqual([]);
    expect(text).toContain('warning RELEASE_ADDS: this release adds added to every client (2)');
    expect(text).not.toContain('NOT_IN_BACKUP');
  });
});

describe('planAnswer', () => {
  it('leaves out what an answer has no room for, and says how much', () => {
    const clients = Object.fromEntries(
      Array.from({ length: 4000 }, (_, at) => [`client-${at}`, { client_name: 'x'.repeat(400) }]),
    );
    const answer = planAnswer(planOf({ servers: { main: { clients } } }, { servers: { main: {} } }));
    expect(answer.changes.length + answer.omittedChanges).toBe(4000);
    expect(answer.omittedChanges).toBeGreaterThan(0);
    expect(JSON.stringify(answer).length).toBeLessThan(5_000_000);
  });
});

describe('shownProperty', () => {
  it.each([
    ['/servers/a/scripts/b/body', 'canary', { oldCharacters: 8 }],
    ['/servers/a/policies/b/definition', 'canary', { oldCharacters: 8 }],
    ['/themes/a/templates/b~1c/content', 'canary', { oldCharacters: 8 }],
    ['/servers/a/clients/b/description', 'd'.repeat(600), { oldCharacters: 602 }],
    ['/servers/a/clients/b/description', 'short', { old: 'short' }],
    ['/servers/a/clients/b/body', 'short', { old: 'short' }],
  ])('of %s shows no more than it should', (pointer, old, shown) => {
    expect(shownProperty({ pointer, old, secret: false })).toEqual({ pointer, secret: false, ...shown });
  });

  it('never shows a secret, whatever it is given', () => {
    expect(shownProperty({ pointer: '/x', old: 'canary', new: 'canary', secret: true })).toEqual({
      pointer: '/x',
      secret: true,
    });
  });
});
