import { table } from '../terminal/table.ts';
import { backUp } from './backup.ts';
import { bigTenant } from './big-tenant.ts';
import {
  asRatio,
  inKilobytesOrMegabytes,
  inMegabytes,
  inMilliseconds,
  MEGABYTE,
  ratiosOf,
  type Spread,
  spreadOf,
} from './figures.ts';
import { benchMemory } from './memory.ts';
import type { World } from './world.ts';

const SIZES = [
  { megabytes: 0.1, rounds: 5 },
  { megabytes: 1, rounds: 5 },
  { megabytes: 10, rounds: 3 },
] as const;

/** Clients that are damaged before each restore. */
const DAMAGED = 10;

interface RestoreFigures {
  readonly exportBytes: number;
  /** Milliseconds. */
  readonly restore: Spread;
  readonly recipe: Spread;
  readonly toRecipe: Spread;
  /** Requests to SecureAuth of one restore, the token included. */
  readonly calls: number;
  readonly compared: number;
  readonly peakBytes: number;
}

interface RestoreAnswer {
  readonly compared: number;
  readonly equal: number;
}

/** Restores of damaged tenants, and the memory that each function needs for the largest export that it accepts. */
export async function benchRestore(world: World, report: (line: string) => void) {
  const restores = await benchRestores(world, report);
  const memory = await benchMemory(report);
  return {
    figures: { restores: restores.figures, memory: memory.figures },
    text: `${restores.text}\n\nmemory of the functions, at the largest export\n\n${memory.text}`,
  };
}

/** One restore of a damaged tenant through the deployed function: opened, planned, saved, imported, verified. Against the way
 * back of the shell recipe, which downloads, decrypts and imports, and looks at nothing. */
async function benchRestores(world: World, report: (line: string) => void) {
  const figures: RestoreFigures[] = [];
  for (const { megabytes, rounds } of SIZES) {
    report(`restore ${megabytes} MB, ${rounds} rounds`);
    const { full } = bigTenant(megabytes * MEGABYTE);
    const tenant = await world.enrol(`restore-${megabytes * 1000}`, full.toString('utf8'));
    await backUp(world, tenant.id);
    await world.recipe('backup', tenant);
    const ours: number[] = [];
    const recipe: number[] = [];
    let [calls, compared] = [0, 0];
    // The first round is a cold start.
    for (let round = 0; round <= rounds; round++) {
      await world.sandbox.damage(tenant.id, DAMAGED);
      await world.sandbox.countRequests();
      const { result, milliseconds } = await world.call<RestoreAnswer>('restoreFunction', {
        tenant: tenant.id,
      });
      if (result.compared === 0 || result.equal !== result.compared)
        throw new Error('a restore compared nothing');
      if (round === 0) continue;
      [calls, compared] = [await world.sandbox.countRequests(), result.compared];
      ours.push(milliseconds);
      await world.sandbox.damage(tenant.id, DAMAGED);
      recipe.push(await world.recipe('restore', tenant));
    }
    figures.push({
      exportBytes: full.byteLength,
      restore: spreadOf(ours),
      recipe: spreadOf(recipe),
      toRecipe: ratiosOf(ours, recipe),
      calls,
      compared,
      peakBytes: await world.peakBytes('restoreFunction'),
    });
  }
  const rows = figures.map((figure) => [
    inKilobytesOrMegabytes(figure.exportBytes),
    inMilliseconds(figure.restore),
    String(figure.compared),
    String(figure.calls),
    inMilliseconds(figure.recipe),
    asRatio(figure.toRecipe),
    inMegabytes(figure.peakBytes),
  ]);
  const header = ['export', 'restore', 'compared', 'calls', 'shell recipe', 'to recipe', 'peak'];
  return { figures, text: table(header, rows) };
}
