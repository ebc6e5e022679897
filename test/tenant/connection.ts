import { type Enrolment, parseEnrolment } from '../../functions/tenant/enrolment.ts';
import { createHttp, type HttpLimits } from '../../functions/tenant/http.client.ts';
import { connectTenant } from '../../functions/tenant/tenant.client.ts';
import { type Access, createTokens } from '../../functions/tenant/token.client.ts';
import { createWriteQueue } from '../../functions/tenant/write-queue.ts';
import type { FaultOrder } from '../../scripts/sandbox/faults.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { CLIENT_ID, CLIENT_SECRET } from '../scripts/sandbox/support.ts';

export const LIMITS: HttpLimits = {
  connectMilliseconds: 1_000,
  headersMilliseconds: 1_000,
  bodyMilliseconds: 1_000,
  maxBodyBytes: 1024 * 1024,
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

/** The product's clients, real but for the clock and the pauses, which only count. */
export function connectTo(
  sandbox: Sandbox,
  options: {
    readonly access?: Access;
    readonly limits?: Partial<HttpLimits>;
    readonly enrolment?: Enrolment;
    readonly now?: () => number;
  } = {},
) {
  const pauses: number[] = [];
  const http = createHttp({ ...LIMITS, ...options.limits });
  const tokens = createTokens(http, options.now ?? (() => 0));
  const tenant = connectTenant({
    enrolment: options.enrolment ?? enrolmentFor(sandbox),
    access: options.access ?? 'read',
    http,
    tokens,
    retry: RETRY,
    tools: { sleep: async (milliseconds) => void pauses.push(milliseconds), random: () => 0.5 },
    writes: createWriteQueue(),
    correlationId: 'operation-1',
  });
  return { ...tenant, http, tokens, pauses };
}

/** Requests of a kind that the sandbox has seen. */
export const seen = (sandbox: Sandbox, method: string, ending: string) =>
  sandbox.requests.filter((request) => request.method === method && request.path.endsWith(ending));

/** A fault that lasts. */
export type Fault = FaultOrder;
