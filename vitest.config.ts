import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { HARSH } from './test/restore/behaviours.ts';

// Tests start the command and other programs hundreds of times. Node compiles each file once for all of them.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('node_modules/.cache/node-compile', import.meta.url),
);

/**
 * Three kinds of test, told apart by their file names:
 * unit (`x.test.ts`; `x.growth.test.ts` counts steps, in a process of its own), integration (`x.integration.test.ts`: real HTTP, real local AWS) and end to end
 * (`x.e2e.test.ts`: the deployed stack).
 */
export default defineConfig({
  test: {
    // Vitest would leave one core to itself, which halves the speed of a machine that has two.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{growth,integration,e2e}.test.ts'],
          testTimeout: 30_000,
          // Files share their imports: modules have no state, and tests put back what they change of the process.
          isolate: false,
        },
      },
      {
        test: {
          name: 'unit-growth',
          include: ['test/**/*.growth.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          globalSetup: 'test/assemblies.ts',
          include: ['test/**/*.integration.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        // Some of them again, against a SecureAuth that treats what an import lacks in all the ways that could do harm. The steps
        // of each part are tested under each way by itself: test/restore/parts/behaviours.integration.test.ts.
        test: {
          name: 'integration-harsh',
          globalSetup: 'test/assemblies.ts',
          include: ['test/restore/{whole,dumps,variants,emptied-tenant,into-other}.integration.test.ts'],
          env: { SANDBOX_BEHAVIOUR: JSON.stringify(HARSH) },
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: 'test/assemblies.ts',
          include: ['test/**/*.e2e.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
