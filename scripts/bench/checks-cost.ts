import { PRICES, type PriceName } from '../cost/prices.ts';
import { secondsFor } from '../cost/usage.ts';

/** Memory of the backup function, as it is by default. */
const MEMORY_GIGABYTES = 2;

/** What each check needs beside the calls of the backup function: the schedule, its run of dispatch, and the queue. */
const BESIDE: Partial<Record<PriceName, number>> = {
  schedulerCall: 1,
  lambdaRequest: 2,
  sqsRequest: 3,
  // Dispatch lists the enrolments.
  secretCall: 1,
};

/** Prices a day of checks of a deployment with one tenant: schedule, dispatch and queue serve all tenants of a real one.
 * @param calls of the backup function, by service and action
 * @returns dollars, and a line for each price */
export function costOfDay(
  calls: Readonly<Record<string, number>>,
  { checks, exportBytes }: { checks: number; exportBytes: number },
): { readonly dollars: number; readonly lines: string[][] } {
  const usage = new Map<PriceName, number>();
  const add = (name: PriceName, quantity: number) => usage.set(name, (usage.get(name) ?? 0) + quantity);
  for (const [call, count] of Object.entries(calls)) add(priceOf(call), count);
  for (const [name, each] of Object.entries(BESIDE)) add(name as PriceName, each * checks);
  add('lambdaTime', checks * secondsFor(exportBytes) * MEMORY_GIGABYTES);
  const priced = [...usage].map(([name, quantity]) => {
    const { dollars, per, unit } = PRICES[name];
    return { dollars: (quantity / per) * dollars, line: [`$${dollars} per ${unit}`, quantity.toFixed(0)] };
  });
  priced.sort((a, b) => b.dollars - a.dollars);
  return {
    dollars: priced.reduce((sum, { dollars }) => sum + dollars, 0),
    lines: priced.map(({ dollars, line }) => [...line, dollars.toFixed(5)]),
  };
}

/** @param call such as `s3 PutObject` */
function priceOf(call: string): PriceName {
  const [service, action = ''] = call.split(' ');
  switch (service) {
    case 's3':
      return /^(Get|Head)/.test(action) ? 's3Read' : 's3Write';
    case 'kms':
      return action === 'Sign' || action === 'GetPublicKey' ? 'kmsSignature' : 'kmsCall';
    case 'secretsmanager':
      return 'secretCall';
    case 'sqs':
      return 'sqsRequest';
    default:
      throw new Error(`a call without a price: ${call}`);
  }
}
