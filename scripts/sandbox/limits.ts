import { z } from 'zod';
import { API_NAMES, type ApiName } from './faults.ts';

/** A token bucket: `rate` requests every `periodSeconds`, and `burst` at once. */
const rateSchema = z.strictObject({
  rate: z.number().positive(),
  burst: z.number().int().min(1),
  periodSeconds: z.number().positive().default(1),
});

const limitsSchema = z.strictObject({
  /** For each family of APIs; beyond it requests are answered with 429 and `Retry-After`. @default - none */
  rates: z.partialRecord(z.enum(API_NAMES), rateSchema).default({}),
  /** Most writes in progress; further ones are refused with 403 `request_forbidden`. @default - any number */
  writesAtOnce: z.number().int().min(0).optional(),
  /** Most writes within a while; further ones are refused in the same way. @default - any number */
  burst: z.strictObject({ writes: z.number().int().min(0), withinSeconds: z.number().positive() }).optional(),
});

export type Limits = z.output<typeof limitsSchema>;
export type LimitsOrder = z.input<typeof limitsSchema>;

/** Why a request is refused. */
export type Refusal =
  | { readonly kind: 'rate'; readonly retryAfterSeconds: number }
  | { readonly kind: 'burst' };

interface Bucket {
  tokens: number;
  at: number;
}

/** Counts the requests of each tenant. */
export class RateLimiter {
  readonly #now: () => Date;
  readonly #limits = new Map<string, Limits>();
  readonly #buckets = new Map<string, Bucket>();
  /** When each tenant's latest writes arrived, in milliseconds. */
  readonly #writes = new Map<string, number[]>();
  readonly #inProgress = new Map<string, number>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** @param tenantId or `*` for every tenant that has no limits of its own
   * @throws Error naming the member and its bound */
  set(tenantId: string, order: unknown): void {
    const result = limitsSchema.safeParse(order);
    if (!result.success) {
      const [issue] = result.error.issues;
      throw new Error(
        `limits ${issue?.path.join('.') || 'order'}: ${issue?.message.toLowerCase() ?? 'invalid'}`,
      );
    }
    this.#limits.set(tenantId, result.data);
    this.#buckets.clear();
    this.#writes.clear();
  }

  /** Counts a request.
   * @returns why it is refused; undefined if it may pass. A write that may pass has to be ended. */
  take(tenantId: string, api: ApiName, isWrite: boolean): Refusal | undefined {
    const limits = this.#limits.get(tenantId) ?? this.#limits.get('*');
    const retryAfterSeconds = limits?.rates[api] && this.#wait(`${tenantId} ${api}`, limits.rates[api]);
    if (retryAfterSeconds !== undefined) return { kind: 'rate', retryAfterSeconds };
    if (!isWrite) return undefined;
    if (limits !== undefined && this.#isBurst(tenantId, limits)) return { kind: 'burst' };
    this.#inProgress.set(tenantId, this.#writesOf(tenantId) + 1);
    return undefined;
  }

  /** A write is over, however it ended. */
  end(tenantId: string): void {
    this.#inProgress.set(tenantId, this.#writesOf(tenantId) - 1);
  }

  #writesOf(tenantId: string): number {
    return this.#inProgress.get(tenantId) ?? 0;
  }

  /** @returns whole seconds until there is a token again; undefined if there was one, which is taken */
  #wait(key: string, { rate, burst, periodSeconds }: z.output<typeof rateSchema>): number | undefined {
    const now = this.#now().getTime();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const perMillisecond = rate / (periodSeconds * 1000);
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.at) * perMillisecond);
    const isThere = tokens >= 1;
    this.#buckets.set(key, { tokens: isThere ? tokens - 1 : tokens, at: now });
    return isThere ? undefined : Math.max(1, Math.ceil((1 - tokens) / perMillisecond / 1000));
  }

  #isBurst(tenantId: string, { writesAtOnce, burst }: Limits): boolean {
    if (writesAtOnce !== undefined && this.#writesOf(tenantId) >= writesAtOnce) return true;
    if (burst === undefined) return false;
    const now = this.#now().getTime();
    const recent = (this.#writes.get(tenantId) ?? []).filter((at) => now - at < burst.withinSeconds * 1000);
    const isTooMany = recent.length >= burst.writes;
    this.#writes.set(tenantId, isTooMany ? recent : [...recent, now]);
    return isTooMany;
  }
}
