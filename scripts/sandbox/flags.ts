import { Command, InvalidArgumentError } from 'commander';
import { type FaultFlag, parseFaultFlag } from './faults.ts';
import { tenantIdOf } from './state/load.ts';

const HELP = `
Examples:
  $ npm run sandbox -- --load tenant.json
  $ npm run sandbox -- --tenant acme=acme.yaml --tenant globex=globex.json --fault 'acme:throttle,times=3'

A document is the tree of a tenant or of one workspace, in JSON or YAML, with or without credentials. Credentials
that SecureAuth makes itself are made where they are missing. Everything lives in memory and listens on 127.0.0.1.

Faults: TENANT:KIND[,MEMBER=VALUE...], TENANT may be *. Every kind takes on=discovery|token|export|import,
times=N (hit N requests, then heal) and after=N (let N requests pass first).
  throttle       429 with Retry-After      retryAfterSeconds=1
  burst-refusal  403 request_forbidden
  fail           an error                  status=503
  truncate       half of the answer        framing=length|chunked|whole
  close          a closed connection       when=before|after
  slow           a late answer             delayMilliseconds=1000
  html           200 with an HTML page
  empty          200 with nothing
  redacted       an export without the credentials that were asked for
  skip-import    204, but nothing imported pointer=/servers/WORKSPACE/clients/CLIENT (only that object left out)

While it runs, faults are set over HTTP as well:
  $ curl URL/_sandbox/faults -d '{"tenant":"acme","kind":"fail","status":500,"times":2}'
  $ curl URL/_sandbox/faults
  $ curl -X DELETE 'URL/_sandbox/faults?tenant=acme'
`;

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
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

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

const parseFault = (text: string): FaultFlag => usage('--fault', () => parseFaultFlag(text));

/** @throws UsageError; CommanderError with exit code 0 after showing the help, another one for a mistake */
export function parseFlags(argv: readonly string[]): Flags {
  const {
    load = [],
    tenant = [],
    fault = [],
    ...flags
  } = new Command('sandbox')
    .description('A stand-in for a SecureAuth deployment: tokens, and export and import of configuration.')
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
    .option('--tls-cert <file>', 'PEM certificate; together with --tls-key the sandbox speaks https')
    .option('--tls-key <file>', 'PEM private key')
    .addHelpText('after', HELP)
    .allowExcessArguments(false)
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .parse([...argv], { from: 'user' })
    .opts<Omit<Flags, 'load' | 'fault'> & { load?: Source[]; tenant?: Source[]; fault?: FaultFlag[] }>();
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) {
    throw new UsageError('--tls-cert and --tls-key must be given together');
  }
  const sources = [...load, ...tenant];
  const missing = fault.find(
    ({ tenantId }) => tenantId !== '*' && !sources.some(({ id }) => id === tenantId),
  );
  if (missing !== undefined) throw new UsageError(`--fault: no tenant ${missing.tenantId} is loaded`);
  return { ...flags, load: sources, fault };
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
