import { connectTenant } from '../../functions/tenant/api/tenant.client.ts';
import { listTenants } from '../../functions/tenant/api/tenants.client.ts';
import { type Enrolment, parseEnrolment } from '../../functions/tenant/enrolment/enrolment.ts';
import { createConnections } from '../../functions/tenant/http/connections.client.ts';
import type { HttpLimits } from '../../functions/tenant/http/exchange.client.ts';
import { type Access, createTokens } from '../../functions/tenant/http/token.client.ts';
import { createWriteQueue } from '../../functions/tenant/http/write-queue.ts';
import type { FaultOrder } from '../../scripts/sandbox/faults.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { CLIENT_ID, CLIENT_SECRET } from '../scripts/sandbox/support.ts';

export const LIMITS: HttpLimits = {
  connectMilliseconds: 1_000,
  headersMilliseconds: 1_000,
  bodyMilliseconds: 1_000,
  maxBodyBytes: 1024 * 1024,
  allowLoopback: true,
};

export const RETRY = { maxAttempts: 3, budgetMilliseconds: 120_000, baseMilliseconds: 1_000 };

export const enrolmentFor = (sandbox: Pick<Sandbox, 'issuer'>, changes: object = {}): Enrolment =>
  parseEnrolment(
    JSON.stringify({
      issuer: sandbox.issuer('acme'),
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      ...changes,
    }),
    'acme',
  );

interface ConnectionOptions {
  readonly access?: Access;
  readonly limits?: Partial<HttpLimits>;
  readonly now?: () => number;
  readonly renew?: (enrolment: Enrolment) => Promise<Enrolment>;
}

/** The product's clients, real but for the clock and the pauses, which only count. */
export const connectTo = (sandbox: Sandbox, options: ConnectionOptions & { enrolment?: Enrolment } = {}) =>
  connectBy(options.enrolment ?? enrolmentFor(sandbox), options);

export function connectBy(enrolment: Enrolment, options: ConnectionOptions = {}) {
  const pauses: number[] = [];
  const connections = createConnections({ ...LIMITS, ...options.limits });
  const tokens = createTokens(connections, options.now ?? (() => 0));
  const tools = { sleep: async (milliseconds: number) => void pauses.push(milliseconds), random: () => 0.5 };
  const shared = {
    enrolment,
    access: options.access ?? 'read',
    connections,
    tokens,
    retry: RETRY,
    tools,
    writes: createWriteQueue(),
    renew: options.renew ?? (async (same: Enrolment) => same),
    correlationId: 'operation-1',
  };
  const asked = {
    ...tokens,
    get: async (enrolment: Enrolment, access: Access) =>
      (await tokens.get(enrolment, access, 'operation-1')).value,
  };
  return { ...connectTenant(shared), listTenants: () => listTenants(shared), tokens: asked, pauses };
}

/** Requests of a kind that the sandbox has seen. */
export const seen = (sandbox: Sandbox, method: string, ending: string) =>
  sandbox.requests.filter((request) => request.method === method && request.path.endsWith(ending));

/** A fault that lasts. */
export type Fault = FaultOrder;
