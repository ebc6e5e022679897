import { Command, InvalidArgumentError } from 'commander';
import { type FaultFlag, parseFaultFlag } from './faults.ts';
import { HELP } from './help.ts';
import { tenantIdOf } from './state/load.ts';

/** A tenant to be loaded. */
export interface Source {
  readonly id: string;
  readonly file: string;
}

export interface Flags {
  readonly port: number;
  /** From `--load` and `--tenant`. */
  readonly load: readonly Source[];
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** In seconds. */
  readonly tokenLifetime?: number;
  readonly fault: readonly FaultFlag[];
  readonly behave: readonly TenantOrder[];
  readonly limits: readonly TenantOrder[];
  /** Lists that only dumps, or only identity dumps, show. */
  readonly dump: readonly Source[];
  readonly identity: readonly Source[];
  readonly record?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** An option for one tenant, or with `*` for all; setting it validates its members. */
export interface TenantOrder {
  readonly tenantId: string;
  readonly order: unknown;
}

type Lists = Pick<Flags, 'load' | 'fault' | 'behave' | 'limits' | 'dump' | 'identity'>;

/** A mistake of the caller's: reported in one line, exit code 2. */
export class UsageError extends Error {}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

const collect =
  <Item>(parse: (text: string) => Item) =>
  (text: string, previous: Item[] = []): Item[] => [...previous, parse(text)];

const parseFile = (file: string): Source => ({ id: tenantIdOf(file), file });

function parseTenantFlag(text: string): Source {
  const [, id, file] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (id === undefined || file === undefined) throw new InvalidArgumentError('It must be ID=FILE.');
  return { id, file };
}

function parseBehaviour(text: string): TenantOrder {
  const [, tenantId, name = '', value = ''] = /^([^:=]+):([^=]+)=(.*)$/s.exec(text) ?? [];
  if (tenantId === undefined) throw new InvalidArgumentError('It must be TENANT:NAME=VALUE.');
  return { tenantId, order: { [name]: /^(\d+$|\{)/.test(value) ? jsonOf(value) : value } };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It must be TENANT:NAME=VALUE, and the value of release JSON.');
  }
}

function parseLimits(text: string): TenantOrder {
  const [, tenantId, json = ''] = /^([^:=]+)=(.*)$/s.exec(text) ?? [];
  try {
    if (tenantId !== undefined) return { tenantId, order: JSON.parse(json) };
  } catch {
    // Said below, for either mistake.
  }
  throw new InvalidArgumentError('It must be TENANT=JSON.');
}

const parseFault = (text: string): FaultFlag => usage('--fault', () => parseFaultFlag(text));

/** @throws UsageError; CommanderError with exit code 0 after showing the help, another one for a mistake */
export function parseFlags(argv: readonly string[]): Flags {
  const {
    load = [],
    tenant = [],
    fault = [],
    behave = [],
    limits = [],
    dump = [],
    identity = [],
    ...flags
  } = new Command('sandbox')
    .description(
      'A stand-in for a SecureAuth deployment: tokens, and export, import and patches of configuration.',
    )
    .option('--port <number>', 'port on 127.0.0.1, 0 for any', wholeNumber(0, 65_535), 8443)
    .option('--load <file>', 'load a tenant, named after the file; may be repeated', collect(parseFile))
    .option('--tenant <id=file>', 'load a tenant under this id; may be repeated', collect(parseTenantFlag))
    .option(
      '--client-id <id>',
      'add this automation client to each tenant (default: one only where it is needed)',
    )
    .option('--client-secret <secret>', 'its secret (default: a random one)')
    .option(
      '--token-lifetime <seconds>',
      'of access tokens (default: as the workspace says)',
      wholeNumber(1, 86_400),
    )
    .option('--fault <fault>', 'misbehave, see below; may be repeated', collect(parseFault))
    .option('--behave <switch>', 'answer in another way, see below; may be repeated', collect(parseBehaviour))
    .option('--limits <limits>', 'limit requests, see below; may be repeated', collect(parseLimits))
    .option(
      '--dump <id=file>',
      'lists of a tenant that no tree holds, such as roles',
      collect(parseTenantFlag),
    )
    .option('--identity <id=file>', 'users of a tenant, as in an identity dump', collect(parseTenantFlag))
    .option('--record <file>', 'add every request and answer to this file, secrets and all')
    .option('--tls-cert <file>', 'PEM certificate; together with --tls-key the sandbox speaks https')
    .option('--tls-key <file>', 'PEM private key')
    .addHelpText('after', HELP)
    .allowExcessArguments(false)
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .parse([...argv], { from: 'user' })
    .opts<Partial<Lists> & Omit<Flags, keyof Lists> & { tenant?: Source[] }>();
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) {
    throw new UsageError('--tls-cert and --tls-key must be given together');
  }
  const sources = [...load, ...tenant];
  const isLoaded = (tenantId: string): boolean =>
    tenantId === '*' || sources.some(({ id }) => id === tenantId);
  const orders = { fault, behave, limits, dump, identity };
  for (const [flag, list] of Object.entries(orders)) {
    const missing = list.map((item) => ('id' in item ? item.id : item.tenantId)).find((id) => !isLoaded(id));
    if (missing !== undefined) throw new UsageError(`--${flag}: no tenant ${missing} is loaded`);
  }
  return { ...flags, load: sources, ...orders };
}

/** Whatever goes wrong here is wrong with what the caller gave. */
export function usage<Result>(what: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const [firstLine] = (error as Error).message.split('\n');
    throw new UsageError(`${what}: ${firstLine}`);
  }
}
