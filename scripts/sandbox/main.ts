import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { endOnSignals } from '../terminal/end-on-signals.ts';
import type { AutomationClient } from './automation-clients.ts';
import type { BehaviourOrder } from './behaviour.ts';
import type { FaultOrder } from './faults.ts';
import { type Flags, parseFlags, type Source, UsageError, usage } from './flags.ts';
import type { LimitsOrder } from './limits.ts';
import { type Sandbox, startSandbox, type TenantAccess } from './sandbox.ts';
import { parseCollections, parseTenant } from './state/load.ts';
import type { Collections } from './state/tenants.ts';

/** Loads the files that the flags name, and prints how to use the sandbox. */
async function run(flags: Flags): Promise<void> {
  const tls =
    flags.tlsCert && flags.tlsKey ? { cert: read(flags.tlsCert), key: read(flags.tlsKey) } : undefined;
  const trees = flags.load.map(({ id, file }) => ({
    id,
    tree: usage(file, () => parseTenant(read(file), id)),
  }));
  const sandbox = await startSandbox({
    port: flags.port,
    ...(tls && { tls }),
    ...(flags.record !== undefined && { record: flags.record }),
    ...(flags.tokenLifetime !== undefined && { tokenLifetimeSeconds: flags.tokenLifetime }),
  });
  const clients = automationClients(flags);
  const access = trees.map((tenant) =>
    usage(tenant.id, () =>
      sandbox.addTenant({
        ...tenant,
        dump: collectionsFrom(flags.dump, tenant.id),
        identity: collectionsFrom(flags.identity, tenant.id),
        ...(clients && { clients }),
      }),
    ),
  );
  for (const { tenantId, order } of flags.behave) {
    usage('--behave', () => sandbox.setBehaviour(tenantId, order as BehaviourOrder));
  }
  for (const { tenantId, order } of flags.limits) {
    usage('--limits', () => sandbox.setLimits(tenantId, order as LimitsOrder));
  }
  for (const { tenantId, order } of flags.fault) {
    usage('--fault', () => sandbox.setFault(tenantId, order as FaultOrder));
  }
  process.stdout.write(greeting(sandbox, access));
}

/** The lists of a tenant's files; a later file counts more. */
const collectionsFrom = (sources: readonly Source[], tenantId: string): Collections =>
  Object.assign(
    {},
    ...sources
      .filter(({ id }) => id === tenantId)
      .map(({ file }) => usage(file, () => parseCollections(read(file)))),
  );

function automationClients({ clientId, clientSecret }: Flags): AutomationClient[] | undefined {
  if (clientId === undefined && clientSecret === undefined) return undefined;
  return [{ clientId: clientId ?? 'tenant-backup', ...(clientSecret !== undefined && { clientSecret }) }];
}

/** Secrets are shown on purpose: these are the sandbox's own. */
function greeting(sandbox: Sandbox, tenants: readonly TenantAccess[]): string {
  const lines = [`sandbox listening on ${sandbox.url}`];
  for (const { id, issuer, clients } of [...tenants, sandbox.root]) {
    lines.push('', id === sandbox.root.id ? 'all tenants' : `tenant ${id}`, `  issuer         ${issuer}`);
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

endOnSignals();
try {
  await run(parseFlags(process.argv.slice(2)));
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exit(0);
  const expected = error instanceof CommanderError || error instanceof UsageError;
  const { message, code } = error as NodeJS.ErrnoException;
  process.stderr.write(`sandbox: ${message.replace(/^error: /, '')}\n`);
  if (expected) process.stderr.write('see --help\n');
  process.exit(expected || code === 'EADDRINUSE' ? 2 : 1);
}
