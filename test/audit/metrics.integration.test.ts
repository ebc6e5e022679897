import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MetricName } from '../../functions/runtime/names.ts';
import { runProgram } from '../../scripts/local/run-program.ts';
import { askedMetrics } from '../infra/metrics-asked-for.ts';
import { publishedMetrics, unpublished } from '../infra/metrics-published.ts';
import { synthesize } from '../infra/synthesize.ts';
import { LocalVault } from './local-vault.ts';

/** What the audit's own entry publishes, held against everything that alarms and dashboard ask for. A metric that is asked
 * for and never published is silent for ever, and its alarm says nothing of the backups. */

const ENTRY = fileURLToPath(new URL('../../functions/audit/audit.lambda.ts', import.meta.url));

/** Runs the entry as Lambda does. */
const RUN = `const { handler } = await import(${JSON.stringify(ENTRY)});
await handler({}, { functionName: 'audit', awsRequestId: 'request-1', getRemainingTimeInMillis: () => 60_000 });`;

let local: LocalVault;
beforeAll(async () => {
  local = await LocalVault.start();
  await local.enrol('acme');
  await local.backUp('acme');
});
afterAll(() => local?.stop());

/** Units of what one audit publishes, by the metrics' identities. */
async function published(
  stack: string,
  environment: Record<string, string> = {},
): Promise<Map<string, string>> {
  const { output, exitCode } = await runProgram(process.execPath, ['--input-type=module', '--eval', RUN], {
    environment: { ...local.processEnvironment(stack), ...environment },
  });
  expect(exitCode, output).toBe(0);
  const lines = output.split('\n').filter((line) => line.startsWith('{"_aws"'));
  expect(lines, output).toHaveLength(1);
  return publishedMetrics(lines);
}

describe('every metric of the audit that alarms and dashboard ask for', () => {
  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['as shipped', {}, {}],
    ['of a stack of another name', { stackName: 'Trial' }, {}],
    [
      'with drills and lanes',
      {
        drill: { schedule: 'cron(0 5 ? * SUN *)', into: 'scratch' },
        lanes: [{ name: 'big', maximumConcurrency: 2 }],
      },
      {},
    ],
    [
      'whatever the library reads from the environment',
      {},
      { POWERTOOLS_SERVICE_NAME: 'other', POWERTOOLS_METRICS_NAMESPACE: 'Other' },
    ],
  ])('is published under the same namespace, dimensions and unit, %s', async (_, settings, environment) => {
    const units = await published(String(settings['stackName'] ?? 'TenantBackup'), environment);
    const asked = askedMetrics(synthesize(settings)).filter(({ namespace }) => !namespace.startsWith('AWS/'));
    expect(asked.length).toBeGreaterThan(15);
    expect(unpublished(asked, units)).toEqual([]);
  });

  it('is one that the audit publishes once, and none is published beside the list of names', async () => {
    const names = [...(await published('TenantBackup')).keys()].map((each) => each.split(' ')[1]);
    expect(names.toSorted()).toEqual(Object.values(MetricName).toSorted());
  });
});
