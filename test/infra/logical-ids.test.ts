import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { synthesize } from './synthesize.ts';

/** CloudFormation replaces a resource whose logical id changes: a vault by an empty one, a key by another. */
const FROZEN = new URL('./logical-ids.json', import.meta.url);
const UPDATE = 'UPDATE_LOGICAL_IDS=1 npx vitest run --project unit test/infra/logical-ids.test.ts';

it('every resource keeps its logical id', () => {
  const { Resources } = synthesize().toJSON() as { Resources: Record<string, { Type: string }> };
  const ids = Object.fromEntries(
    Object.keys(Resources)
      .sort()
      .map((id) => [id, Resources[id]?.Type]),
  );
  if (process.env['UPDATE_LOGICAL_IDS']) writeFileSync(FROZEN, `${JSON.stringify(ids, null, 2)}\n`);
  expect(
    ids,
    `a logical id changed, so a deployment replaces the resource; if that is intended: ${UPDATE}`,
  ).toEqual(JSON.parse(readFileSync(FROZEN, 'utf8')));
});
