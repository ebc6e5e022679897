import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { childEnvironment, clientSettings } from '../local/local-aws.ts';
import { table } from '../terminal/table.ts';
import { inMegabytes } from './figures.ts';
import type { World } from './world.ts';

const CHILD = fileURLToPath(new URL('soak-child.ts', import.meta.url));

interface SoakFigures {
  readonly backups: number;
  readonly failed: number;
  /** Resident memory after a number of backups, in bytes. */
  readonly levels: Readonly<Record<string, number>>;
  readonly peakBytes: number;
}

/** A thousand warm backups in one process.
 * @param tenants that are enrolled */
export async function benchSoak(world: World, tenants: readonly string[], report: (line: string) => void) {
  report(`soak: ${tenants.length} backups in one process`);
  const lambda = new LambdaClient(clientSettings(world.localAws));
  const FunctionName = world.deployment.output('backupFunction');
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  lambda.destroy();
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, ...tenants], {
    env: { ...childEnvironment(world.localAws), ...Environment?.Variables },
    maxBuffer: 2 ** 24,
  });
  const { levels, failed, peakBytes } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Omit<
    SoakFigures,
    'backups'
  >;
  const figures: SoakFigures = { backups: tenants.length, failed, levels, peakBytes };
  const rows = Object.entries(levels).map(([backups, bytes]) => [
    backups,
    inMegabytes(bytes),
    inMegabytes(bytes - (Object.values(levels)[0] ?? 0)),
  ]);
  return {
    figures,
    text: `${table(['backups', 'memory', 'since the first 100'], rows)}\n${failed} failed, peak ${inMegabytes(peakBytes)}`,
  };
}
