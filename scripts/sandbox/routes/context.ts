import type { FastifyInstance } from 'fastify';
import type { Behaviours } from '../behaviour.ts';
import type { ApiName, Fault, Faults, RequestKind } from '../faults.ts';
import type { RateLimiter } from '../limits.ts';
import type { Tenants } from '../state/tenants.ts';
import type { Tokens } from '../tokens.ts';
import type { AuditEntry } from './audit.ts';

/** What the routes share. */
export interface Context {
  readonly tenants: Tenants;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly behaviours: Behaviours;
  readonly limiter: RateLimiter;
  /** Every write that reached a route, oldest first. */
  readonly audit: AuditEntry[];
  readonly now: () => Date;
  /** Lifetime of access tokens; undefined means what the workspace says. */
  readonly tokenLifetimeSeconds: number | undefined;
  /** `http://127.0.0.1:PORT`, known once the server listens. */
  readonly baseUrl: () => string;
  /** Where callers are asked for certificates, if anywhere. */
  readonly mtlsUrl: () => string | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The fault that hits this request. */
    fault: Fault | null;
    /** Under which the answer is kept, to be repeated; null if it is not. */
    idempotencyKey: string | null;
    /** True once the request has passed all middleware in front of the routes. */
    reached: boolean;
  }
  interface FastifyContextConfig {
    /** What requests of the route are for. Routes without it are spared from faults. */
    requestKind?: RequestKind;
    /** The family of APIs that the route belongs to. */
    api?: ApiName;
  }
}

export type Routes = (app: FastifyInstance, context: Context) => void;
