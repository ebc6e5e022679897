import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChangeSet,
  type PlanOptions,
  planChanges,
} from '../../../functions/config/change/change-set.ts';
import { verifyTargetState } from '../../../functions/config/change/target-state.ts';
import { compareTrees } from '../../../functions/config/compare/compare.ts';
import type { Json } from '../../../functions/config/json/json.ts';
import { applyMergePatch } from '../../../functions/config/json/merge-patch.ts';
import { parseSelection } from '../../../functions/config/select/selection.ts';
import type { JsonObject } from '../../../scripts/sandbox/json.ts';
import { importDocument } from '../../../scripts/sandbox/state/import.ts';
import { type Tree, tenant } from '../arbitraries.ts';
import { consistentTenant } from '../consistent-tenant.ts';
import { twoTenants } from '../two-tenants.ts';

/** Shrinking two whole tenants takes minutes, and leaves them hardly smaller. */
const RUNS = { numRuns: 60, endOnFailure: true };
const AT = new Date('2026-01-02T03:04:05Z');

/** The tenant after what the change set says was done to it by SecureAuth's stand-in. */
function carryOut(
  { document, mergePatch }: ChangeSet,
  live: Tree,
  mode: PlanOptions['mode'] = 'update',
): Json {
  const imported = document === null ? live : importDocument(live, document as JsonObject, mode, AT).tree;
  return mergePatch === null ? imported : applyMergePatch(imported as Json, mergePatch);
}

const differing = (expected: Json, actual: Json) =>
  compareTrees(expected, actual).differences.map(({ kind, pointer, properties }) => ({
    kind,
    pointer,
    properties: properties.map((property) => property.pointer),
  }));

describe('laws of planning', () => {
  test('nothing is to be done to a tenant that is as it should be', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          tenant,
          consistentTenant.map(({ tree }) => tree),
        ),
        (tree) => {
          const plan = planChanges(tree, structuredClone(tree), { mode: 'update', prune: true });
          expect(plan).toMatchObject({
            isEmpty: true,
            document: null,
            mergePatch: null,
            needsCredentialChoice: false,
          });
          expect(Object.keys(plan.counts)).toEqual(['unchanged']);
          expect(plan.targetState).toEqual(tree);
        },
      ),
      RUNS,
    );
  });

  test('carrying out a plan makes the one tenant of the other, but for what it says it fills', () => {
    fc.assert(
      fc.property(twoTenants, ({ a, b }) => {
        const plan = planChanges(b, a, { mode: 'update', prune: true, credentials: 'restore' });
        const after = carryOut(plan, a);
        const filled = plan.warnings.find(({ code }) => code === 'CREDENTIALS_FILLED')?.pointers ?? [];
        const stayed = plan.warnings.find(({ code }) => code === 'NOT_PRUNED')?.pointers ?? [];
        const surprising = differing(b, after).flatMap(({ kind, pointer, properties }) =>
          kind === 'changed'
            ? properties.filter(
                (place) =>
                  ![...filled, ...plan.generatedCredentials].some((known) => place.startsWith(known)),
              )
            : stayed.includes(pointer)
              ? []
              : [pointer],
        );
        expect(surprising).toEqual([]);
      }),
      RUNS,
    );
  });

  test('what is targetState is what comes of it, whatever is chosen', () => {
    const options = fc.record({
      mode: fc.constantFrom('update', 'ignore'),
      prune: fc.boolean(),
      credentials: fc.constantFrom('keep', 'restore'),
      selection: fc.constantFrom(
        undefined,
        parseSelection([{ resourceType: 'clients' }]),
        parseSelection([{ resourceType: 'scopes' }, { resourceType: 'servers' }]),
        parseSelection({ exclude: [{ resourceType: 'services' }, { ids: ['*a*'] }] }),
        parseSelection({
          include: [{ resourceType: 'tenant' }, { workspaces: ['*a*'] }],
          dependencies: 'report',
        }),
      ),
    });
    fc.assert(
      fc.property(twoTenants, options, ({ a, b }, chosen) => {
        let plan: ChangeSet;
        try {
          plan = planChanges(b, a, chosen as PlanOptions);
        } catch (error) {
          // Nothing selected.
          expect(error).toMatchObject({ code: 'INVALID_REQUEST' });
          return;
        }
        if (plan.problems.some(({ code }) => code === 'OWNER_MISSING')) return;
        const { own, others } = verifyTargetState(
          plan,
          carryOut(plan, a, chosen.mode as PlanOptions['mode']),
        );
        expect(own.differences).toEqual([]);
        expect(others.differences).toEqual([]);
        // Outside of the selection, and of what it needs, the tenant is as it was.
        const touched = new Set(plan.changes.map(({ pointer }) => pointer));
        const outside = compareTrees(a, plan.targetState).differences.filter(
          ({ pointer }) => !touched.has(pointer),
        );
        expect(outside).toEqual([]);
      }),
      RUNS,
    );
  });
});
