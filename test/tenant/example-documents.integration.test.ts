import { afterEach, describe, expect, test } from 'vitest';
import { compareTrees } from '../../functions/config/compare/compare.ts';
import {
  isObject,
  type Json,
  type JsonObject,
  parseJson,
  stringifyJson,
} from '../../functions/config/json/json.ts';
import { applyMergePatch } from '../../functions/config/json/merge-patch.ts';
import { EXAMPLE_TENANT, exampleFolders } from './example-documents.ts';
import { FAMILIES, type Family, roundTrip, startDeployments, WORKSPACE } from './families.ts';

/** Documents as people have them, through the product's clients and over HTTP.
 *
 * Those under test/fixtures/documents are our own. To try others as well, name their folder:
 *
 *     TENANT_BACKUP_EXAMPLES=~/exports npx vitest run --project integration test/tenant/example-documents.integration.test.ts
 *
 * Read are `*.json` and `*.yaml`, the latter with marks of Go's templates or without: trees of a tenant or a workspace,
 * dumps, identity dumps, and merge patches (with `patch` in their names) for the workspace of the same folder. */

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function deployments() {
  const started = await startDeployments();
  closers.push(started.close);
  return started;
}

describe.each(exampleFolders())('$folder', ({ documents }) => {
  const cases = documents.flatMap(({ name, kind, document }) =>
    FAMILIES.filter((family) => isWrittenAs(family, kind, document)).map((family) => ({
      name,
      family,
      document,
    })),
  );

  test.each(cases)('$name makes the same tenant elsewhere as $family.name', async ({ family, document }) => {
    const { first, compared, ...found } = await roundTrip(
      await deployments(),
      family,
      EXAMPLE_TENANT,
      document,
    );
    expect(found).toEqual({ lost: [], differences: [], same: true });
    expect(compared).toBeGreaterThan(0);
  });

  const workspace = documents.find(({ kind }) => kind === 'workspace')?.document ?? null;
  const patches = documents.filter(({ kind }) => kind === 'merge patch');

  test.each(patches)('$name changes the workspace as it says', async ({ document: patch }) => {
    const [{ hub }] = (await deployments()).emptyTenants(EXAMPLE_TENANT, 'tenant');
    const options = { mode: 'update', dryRun: false, workspace: WORKSPACE } as const;
    const exported = async (): Promise<Json> =>
      parseJson(await hub.exportTree({ withCredentials: true, workspace: WORKSPACE }));
    const apply = (merged: Json) => hub.patchTree(stringifyJson(merged), { ...options, format: 'rfc7396' });
    const changed = (from: Json, to: Json) =>
      compareTrees(from, to, { shape: 'workspace' }).differences.length > 0;

    await hub.importTree(stringifyJson(workspace), { ...options, idempotencyKey: 'k'.repeat(32) });
    // Some are kept beside the export that was made after them.
    if (!changed(await exported(), applyMergePatch(await exported(), patch)))
      await apply(withoutObjects(patch));
    const before = await exported();
    await apply(patch);
    const after = await exported();
    expect(changed(applyMergePatch(before, patch), after)).toBe(false);
    expect(changed(before, after)).toBe(true);
  });
});

/** A dump that says nothing of the tenant itself is the same whoever writes it. */
const isWrittenAs = (family: Family, kind: string, document: Json): boolean =>
  family.kind === kind ||
  (family.kind === 'root dump' && kind === 'dump' && !Object.hasOwn(document as JsonObject, 'tenant'));

/** The patch that takes away the objects that a patch brings. */
const withoutObjects = (patch: Json): Json =>
  Object.fromEntries(
    Object.entries(patch as JsonObject).map(([section, objects]) => [
      section,
      isObject(objects) ? Object.fromEntries(Object.keys(objects).map((id) => [id, null])) : objects,
    ]),
  );
