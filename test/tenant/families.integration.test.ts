import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identityDump, systemDump } from '../config/any-dump.ts';
import { type Tree, tenant, workspace } from '../config/arbitraries.ts';
import { consistentTenant } from '../config/consistent-tenant.ts';
import { type Deployments, FAMILIES, type Family, roundTrip, startDeployments } from './families.ts';
import { mended } from './mended.ts';

/** Through the product's clients and over HTTP: whatever is written into an empty tenant is exported whole, and its export
 * makes the same tenant elsewhere. */

let deployments: Deployments;
beforeAll(async () => {
  deployments = await startDeployments();
});
afterAll(() => deployments?.close());

/** The one is full of credentials, the other of references. */
const trees = fc
  .oneof(
    tenant,
    consistentTenant.map(({ tree }) => tree),
  )
  .map(mended);

const GENERATED: Readonly<Record<Family['kind'], fc.Arbitrary<Tree>>> = {
  tree: trees,
  workspace: workspace.map(mended),
  dump: systemDump,
  'root dump': systemDump.map(({ tenant: own, ...lists }) => ({ tenants: [own], ...lists })),
  'identity dump': identityDump,
};

let made = 0;
/** Generated dumps are those of a tenant called `acme`. */
const renamed = (document: Tree, id: string): Tree =>
  JSON.parse(JSON.stringify(document).replaceAll('"acme"', JSON.stringify(id)));

describe.each(FAMILIES)('$name', (family) => {
  test('of any tenant makes the same tenant elsewhere, and loses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(GENERATED[family.kind], async (document) => {
        const id = `generated-${made++}`;
        const { compared, first, ...found } = await roundTrip(deployments, family, id, renamed(document, id));
        expect(found).toEqual({ lost: [], differences: [], same: true });
        expect(compared).toBeGreaterThan(0);
      }),
      { numRuns: 15 },
    );
  });
});

test.each([0, 1])(
  'a tenant that leaves out an object without a word is found out, in deployment %i',
  async (which) => {
    const skip = { kind: 'skip-import', pointer: '/servers/shop/clients/portal' } as const;
    const id = `skipping-${which}`;
    deployments.sandboxes[which]?.setFault(id, skip);
    const [family] = FAMILIES;
    if (family === undefined) throw new Error('there are families');
    const document = { servers: { shop: { name: 'Shop', clients: { portal: { client_name: 'Portal' } } } } };
    expect(await roundTrip(deployments, family, id, document)).toMatchObject(
      which === 0
        ? { lost: [skip.pointer] }
        : { lost: [], differences: [`missing ${skip.pointer}`], same: false },
    );
  },
);
