import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLocalAws } from '../../../functions/runtime/environment.ts';
import type { ApiOptions } from '../../../functions/tenant/api/api.client.ts';
import { listTenants } from '../../../functions/tenant/api/tenants.client.ts';
import type { Enrolments } from '../../../functions/tenant/enrolment/enrolment.client.ts';
import type { Enrolment } from '../../../functions/tenant/enrolment/enrolment.ts';
import { withRootTenants } from '../../../functions/tenant/enrolment/root-enrolments.ts';
import { type Connections, createConnections } from '../../../functions/tenant/http/connections.client.ts';
import type { RetryTools } from '../../../functions/tenant/http/retry.ts';
import { createTokens, type Tokens } from '../../../functions/tenant/http/token.client.ts';
import { createWriteQueue } from '../../../functions/tenant/http/write-queue.ts';

/** Connects to tenants from this machine, with tokens that cannot write. */
export interface TenantTools {
  readonly enrolments: Enrolments;
  readonly connections: Connections;
  readonly tokens: Tokens;
  readonly retryTools: RetryTools;
  optionsFor(enrolment: Enrolment): ApiOptions;
}

/** Short, as a person waits and can repeat the command. */
const LIMITS = {
  connectMilliseconds: 5_000,
  headersMilliseconds: 120_000,
  bodyMilliseconds: 60_000,
  maxBodyBytes: 2 * 1024 ** 3,
};
const RETRY = { maxAttempts: 2, budgetMilliseconds: 30_000, baseMilliseconds: 500 };

/** Creates the tools to reach tenants from this machine.
 * @param enrolled reads the enrolments */
export function tenantTools(enrolled: Enrolments): TenantTools {
  const connections = createConnections({ ...LIMITS, allowLoopback: isLocalAws() });
  const tokens = createTokens(connections, Date.now);
  const retryTools = { sleep: (milliseconds: number) => sleep(milliseconds), random: Math.random };
  const shared = {
    access: 'read',
    connections,
    tokens,
    retry: RETRY,
    tools: retryTools,
    writes: createWriteQueue(),
    renew: ({ name }: Enrolment) => enrolments.get(name),
    correlationId: randomUUID(),
  } as const;
  const optionsFor = (enrolment: Enrolment): ApiOptions => ({ ...shared, enrolment });
  const enrolments: Enrolments = withRootTenants(enrolled, (enrolment) => listTenants(optionsFor(enrolment)));
  return { enrolments, connections, tokens, retryTools, optionsFor };
}
