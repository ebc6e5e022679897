/**
 * What a month costs, by service, from AWS's list prices and the settings in `cdk.json`.
 *
 *     npm run cost -- --tenants 1000 --size 1MB
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { parseWrittenJson } from '../../functions/config/json/written-json.ts';
import { isTenantBackupError } from '../../functions/errors.ts';
import { parseInput } from '../../functions/parse.ts';
import { CONFIGURATION_CONTEXT, parseConfiguration } from '../../infra/configuration.ts';
import { runsPerMonth } from '../../infra/schedules/schedule-age.ts';
import { table } from '../terminal/table.ts';
import { type BillLine, billOf, perTenant, totalOf } from './bill.ts';
import { PRICES, PRICES_AS_OF, type PriceName, type Prices } from './prices.ts';
import { type Deployment, secondsFor, usageOf } from './usage.ts';

const CDK_JSON = fileURLToPath(new URL('../../cdk.json', import.meta.url));

/** Of the bench of sealing, whose tenants are made of random words and keys. */
const ARCHIVE_RATIO = 0.23;

const UNITS: Readonly<Record<string, number>> = { kb: 1e3, mb: 1e6, gb: 1e9 };

/** @returns bytes */
function size(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmg]b)$/i.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
  if (!(bytes > 0)) throw new InvalidArgumentError('It must be a size like 100kB, 1MB or 0.5GB.');
  return bytes;
}

const number = (least: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < least)
    throw new InvalidArgumentError(`It must be a number of at least ${least}.`);
  return value;
};

const pricesSchema = z.strictObject(
  Object.fromEntries(Object.keys(PRICES).map((name) => [name, z.number().min(0).optional()])),
);

function readPrices(file: string | undefined): Prices {
  if (file === undefined) return PRICES;
  const given = parseInput(
    pricesSchema,
    parseWrittenJson(readFileSync(file, 'utf8'), `file ${file}`),
    'prices',
    'INVALID_REQUEST',
  );
  return Object.fromEntries(
    Object.entries(PRICES).map(([name, price]) => [
      name,
      { ...price, dollars: given[name] ?? price.dollars },
    ]),
  ) as Prices;
}

interface Options {
  readonly tenants: number;
  readonly size: number;
  readonly seconds?: number;
  readonly perSecret: number;
  readonly prices?: string;
  readonly json?: boolean;
}

function run(options: Options): void {
  const { context } = JSON.parse(readFileSync(CDK_JSON, 'utf8')) as { context: Record<string, unknown> };
  const { settings } = parseConfiguration(context[CONFIGURATION_CONTEXT]);
  const { drill } = settings;
  const prices = readPrices(options.prices);
  const deployment: Deployment = {
    tenants: options.tenants,
    exportBytes: options.size,
    archiveRatio: ARCHIVE_RATIO,
    backupSeconds: options.seconds ?? secondsFor(options.size),
    memoryMegabytes: settings.backup.memoryMegabytes,
    tenantsPerSecret: options.perSecret,
    retention: settings.retentionPolicy,
    audit: settings.audit,
    ...(drill && {
      drill: { memoryMegabytes: drill.memoryMegabytes, perMonth: runsPerMonth(drill.schedule, new Date()) },
    }),
  };
  const bill = billOf(usageOf(deployment), prices);
  const more = billOf(usageOf({ ...deployment, tenants: deployment.tenants + 10_000 }), prices);
  const each = perTenant(bill, more, 10_000);
  if (options.json) {
    const { retention: _, audit, ...rest } = deployment;
    const { everyHours, memoryMegabytes } = audit;
    const assumptions = { ...rest, audit: { everyHours, memoryMegabytes } };
    const total = totalOf(bill);
    process.stdout.write(
      `${JSON.stringify({ pricesAsOf: PRICES_AS_OF, assumptions, total, perFurtherTenant: each, bill })}\n`,
    );
    return;
  }
  process.stdout.write(`${textOf(deployment, bill, each, prices)}\n`);
}

function textOf(deployment: Deployment, bill: readonly BillLine[], each: number, prices: Prices): string {
  const { tenants, exportBytes, archiveRatio, backupSeconds, memoryMegabytes, tenantsPerSecret } = deployment;
  const rows = bill.map(({ service, what, name, quantity, dollars }) => [
    service,
    what,
    quantity.toLocaleString('en', { maximumFractionDigits: 1 }),
    `$${prices[name].dollars} per ${prices[name].unit}`,
    dollarsOf(dollars),
  ]);
  const total = ['', '', '', 'a month', dollarsOf(totalOf(bill))];
  return [
    `${tenants} tenants with exports of ${exportBytes / 1e6} MB, backed up 30 nights, kept as cdk.json says;`,
    `archives of ${archiveRatio} of the export, ${backupSeconds.toFixed(1)} s at ${memoryMegabytes} MB each, ${tenantsPerSecret} to a secret;`,
    `an audit every ${deployment.audit.everyHours} h at ${deployment.audit.memoryMegabytes} MB, ${deployment.drill?.perMonth ?? 'no'} drills;`,
    `list prices of US East (N. Virginia) as of ${PRICES_AS_OF}, no free tier, storage after years of backups.`,
    '',
    table(['service', 'what', 'a month', 'price', 'dollars'], [...rows, total]),
    '',
    `A further tenant costs ${(each * 100).toFixed(2)} cents a month, and its share of a secret: ${((prices.secret.dollars / tenantsPerSecret) * 100).toFixed(2)} cents.`,
  ].join('\n');
}

const dollarsOf = (dollars: number): string => dollars.toFixed(2).padStart(10);

const program = new Command('cost')
  .description('What a month of nightly backups costs on AWS.')
  .requiredOption('--tenants <number>', 'enrolled tenants', number(1))
  .requiredOption('--size <size>', 'export of one tenant: 100kB, 1MB', size)
  .option(
    '--seconds <seconds>',
    'time of one backup in Lambda (default: 1.5, and 0.25 for each MB)',
    number(0),
  )
  .option('--per-secret <number>', 'tenants whose enrolments share one secret', number(1), 1)
  .option('--prices <file>', `JSON with prices of yours: ${(Object.keys(PRICES) as PriceName[]).join(', ')}`)
  .option('--json', 'print JSON')
  .showHelpAfterError('(add --help for what is possible)')
  .exitOverride()
  .action(run);

try {
  program.parse();
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.stderr.write(`${isTenantBackupError(error) ? `${error.code}: ` : ''}${(error as Error).message}\n`);
  process.exit(1);
}
