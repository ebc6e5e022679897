import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { AutomationClient } from './automation-clients.ts';
import { type FaultOrder, parseFaultFlag } from './faults.ts';
import { type Sandbox, startSandbox, type TenantAccess } from './sandbox.ts';
import { parseTenant, tenantIdOf } from './state/load.ts';

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
interface Source {
  readonly id: string;
  readonly file: string;
}

interface Flags {
  readonly port: number;
  readonly load: Source[];
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly tokenLifetime: number | undefined;
  readonly fault: { tenantId: string; order: object }[];
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
}

/** A mistake of the caller's: reported in one line, exit code 2. */
class UsageError extends Error {}

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

function parseTenantFlag(text: string): Source {
  const [, id, file] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (id === undefined || file === undefined) throw new InvalidArgumentError('It must be ID=FILE.');
  return { id, file };
}

function parseFlags(argv: readonly string[]): Flags {
  const command = new Command('sandbox')
    .description('A stand-in for a SecureAuth deployment: tokens, and export and import of configuration.')
    .addHelpText('after', HELP)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .allowExcessArguments(false);
  command.addOption(
    new Option('--port <number>', 'port on 127.0.0.1, 0 for any')
      .default(8443)
      .argParser(wholeNumber(0, 65_535)),
  );
  command.addOption(
    new Option('--load <file>', 'load a tenant, named after the file; may be repeated').argParser(
      collect((file): Source => ({ id: tenantIdOf(file), file })),
    ),
  );
  command.addOption(
    new Option('--tenant <id=file>', 'load a tenant under this id; may be repeated').argParser(
      collect(parseTenantFlag),
    ),
  );
  command.addOption(
    new Option(
      '--client-id <id>',
      'id of the automation client added to each tenant (default: tenant-backup, unless the document holds a usable one)',
    ),
  );
  command.addOption(new Option('--client-secret <secret>', 'its secret (default: a random one)'));
  command.addOption(
    new Option(
      '--token-lifetime <seconds>',
      'lifetime of access tokens (default: as the workspace says)',
    ).argParser(wholeNumber(1, 86_400)),
  );
  command.addOption(
    new Option('--fault <fault>', 'misbehave, see below; may be repeated').argParser(
      collect((text) => usage('--fault', () => parseFaultFlag(text))),
    ),
  );
  command.addOption(
    new Option('--tls-cert <file>', 'PEM certificate; with --tls-key the sandbox speaks https'),
  );
  command.addOption(new Option('--tls-key <file>', 'PEM private key'));
  command.parse([...argv], { from: 'user' });
  const { load = [], tenant = [], fault = [], ...options } = command.opts();
  const flags = { ...options, load: [...load, ...tenant], fault } as unknown as Flags;
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) {
    throw new UsageError('--tls-cert and --tls-key must be given together');
  }
  return flags;
}

/** Load what the flags name and say how to use it. */
async function run(flags: Flags): Promise<Sandbox> {
  const tls =
    flags.tlsCert && flags.tlsKey ? { cert: read(flags.tlsCert), key: read(flags.tlsKey) } : undefined;
  const trees = flags.load.map(({ id, file }) => ({
    id,
    tree: usage(file, () => parseTenant(read(file), id)),
  }));
  const sandbox = await startSandbox({
    port: flags.port,
    ...(tls && { tls }),
    ...(flags.tokenLifetime !== undefined && { tokenLifetimeSeconds: flags.tokenLifetime }),
  });
  const clients = automationClients(flags);
  const access = trees.map((tenant) =>
    usage(tenant.id, () => sandbox.addTenant({ ...tenant, ...(clients && { clients }) })),
  );
  for (const { tenantId, order } of flags.fault)
    usage('--fault', () => sandbox.setFault(tenantId, order as FaultOrder));
  process.stdout.write(greeting(sandbox, access));
  return sandbox;
}

function automationClients({ clientId, clientSecret }: Flags): AutomationClient[] | undefined {
  if (clientId === undefined && clientSecret === undefined) return undefined;
  return [{ clientId: clientId ?? 'tenant-backup', ...(clientSecret !== undefined && { clientSecret }) }];
}

/** Secrets are shown on purpose: these are the sandbox's own. */
function greeting(sandbox: Sandbox, tenants: readonly TenantAccess[]): string {
  const lines = [`sandbox listening on ${sandbox.url}`];
  for (const { id, issuer, clients } of tenants) {
    lines.push('', `tenant ${id}`, `  issuer         ${issuer}`);
    for (const { clientId, clientSecret, scopes } of clients) {
      lines.push(
        `  client id      ${clientId}`,
        `  client secret  ${clientSecret}`,
        `  scopes         ${scopes.join(' ')}`,
      );
    }
  }
  if (tenants.length === 0) lines.push('', 'no tenants: start it with --load FILE or --tenant ID=FILE');
  return `${lines.join('\n')}\n`;
}

const read = (file: string): string => usage(file, () => readFileSync(file, 'utf8'));

/** Whatever goes wrong here is wrong with what the caller gave. */
function usage<Result>(what: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${what}: ${(error as Error).message}`);
  }
}

try {
  const sandbox = await run(parseFlags(process.argv.slice(2)));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void sandbox.close().then(() => process.exit(0)));
  }
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exit(0);
  const expected = error instanceof CommanderError || error instanceof UsageError;
  const { message, code } = error as NodeJS.ErrnoException;
  process.stderr.write(`sandbox: ${message.replace(/^error: /, '')}\n`);
  if (expected) process.stderr.write('see --help\n');
  process.exit(expected || code === 'EADDRINUSE' ? 2 : 1);
}
