/** List prices of AWS in US East (N. Virginia), in US dollars, without free tiers and discounts. Other regions differ by
 * up to a third. AWS changes prices: compare the pages before a decision hangs on them, and give others by `--prices`. */

export const PRICES_AS_OF = '2026-06';

export interface Price {
  /** As AWS bills it. */
  readonly unit: string;
  readonly dollars: number;
  /** How many of what is counted make one unit. */
  readonly per: number;
  readonly source: string;
}

const page = (service: string): string => `https://aws.amazon.com/${service}/pricing/`;

export const PRICES = {
  secret: { unit: 'secret and month', dollars: 0.4, per: 1, source: page('secrets-manager') },
  secretCall: { unit: '10,000 calls', dollars: 0.05, per: 10_000, source: page('secrets-manager') },
  kmsKey: { unit: 'key and month', dollars: 1, per: 1, source: page('kms') },
  kmsCall: { unit: '10,000 requests', dollars: 0.03, per: 10_000, source: page('kms') },
  // Elliptic curve: asymmetric requests other than of RSA 2048.
  kmsSignature: { unit: '10,000 requests', dollars: 0.15, per: 10_000, source: page('kms') },
  s3Storage: { unit: 'GB and month', dollars: 0.023, per: 1, source: page('s3') },
  s3Write: { unit: '1,000 PUT, LIST', dollars: 0.005, per: 1_000, source: page('s3') },
  s3Read: { unit: '1,000 GET', dollars: 0.0004, per: 1_000, source: page('s3') },
  lambdaRequest: { unit: 'million requests', dollars: 0.2, per: 1_000_000, source: page('lambda') },
  lambdaTime: { unit: 'GB-second (arm64)', dollars: 0.0000133334, per: 1, source: page('lambda') },
  sqsRequest: { unit: 'million requests', dollars: 0.4, per: 1_000_000, source: page('sqs') },
  schedulerCall: { unit: 'million invocations', dollars: 1, per: 1_000_000, source: page('eventbridge') },
  logs: { unit: 'GB ingested', dollars: 0.5, per: 1, source: page('cloudwatch') },
  metric: { unit: 'metric and month', dollars: 0.3, per: 1, source: page('cloudwatch') },
  alarm: { unit: 'alarm and month', dollars: 0.1, per: 1, source: page('cloudwatch') },
  dashboard: { unit: 'dashboard and month', dollars: 3, per: 1, source: page('cloudwatch') },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;
export type Prices = Readonly<Record<PriceName, Price>>;
