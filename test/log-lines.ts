import { readLambdaLogs } from '../scripts/local/lambda-logs.ts';
import type { LocalAws } from '../scripts/local/local-aws.ts';

/** Returns what all functions have logged as JSON. */
export async function logLines(localAws: LocalAws): Promise<Record<string, unknown>[]> {
  return (await readLambdaLogs(localAws))
    .split('\n')
    .map((line) => line.slice(line.indexOf('{')))
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
