import type { PriceName, Prices } from './prices.ts';

/** One line of a monthly bill. */
export interface BillLine {
  readonly service: string;
  readonly what: string;
  readonly name: PriceName;
  readonly quantity: number;
  readonly dollars: number;
}

const LINES: readonly (readonly [PriceName, service: string, what: string])[] = [
  ['secret', 'Secrets Manager', 'enrolments'],
  ['secretCall', 'Secrets Manager', 'reads and listings'],
  ['kmsKey', 'KMS', 'keys'],
  ['kmsCall', 'KMS', 'sealing, fingerprints, audit'],
  ['kmsSignature', 'KMS', 'signatures'],
  ['s3Storage', 'S3', 'kept archives'],
  ['s3Write', 'S3', 'stores and listings'],
  ['s3Read', 'S3', 'reads'],
  ['lambdaRequest', 'Lambda', 'invocations'],
  ['lambdaTime', 'Lambda', 'time of backups, audits, drills'],
  ['sqsRequest', 'SQS', 'requests'],
  ['schedulerCall', 'EventBridge Scheduler', 'schedules'],
  ['logs', 'CloudWatch', 'logs'],
  ['metric', 'CloudWatch', 'metrics'],
  ['alarm', 'CloudWatch', 'alarms'],
  ['dashboard', 'CloudWatch', 'dashboard'],
];

/** @returns a line for each thing that is paid for, grouped by service */
export const billOf = (usage: Readonly<Record<PriceName, number>>, prices: Prices): BillLine[] =>
  LINES.map(([name, service, what]) => {
    const { dollars, per } = prices[name];
    return { service, what, name, quantity: usage[name], dollars: (usage[name] / per) * dollars };
  });

export const totalOf = (bill: readonly BillLine[]): number =>
  bill.reduce((sum, { dollars }) => sum + dollars, 0);

/** Dollars that each further tenant adds, apart from its enrolment's secret.
 * @param bill of some tenants
 * @param more of `tenants` more of the same */
export function perTenant(bill: readonly BillLine[], more: readonly BillLine[], tenants: number): number {
  const besidesSecrets = (lines: readonly BillLine[]) =>
    totalOf(lines.filter(({ name }) => name !== 'secret'));
  return (besidesSecrets(more) - besidesSecrets(bill)) / tenants;
}
