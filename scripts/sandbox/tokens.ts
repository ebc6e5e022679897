import { randomBytes } from 'node:crypto';

/** What an access token stands for. */
export interface Grant {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Date;
}

/** Opaque access tokens, in memory. */
export class Tokens {
  readonly #grants = new Map<string, Grant>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  issue(grant: Omit<Grant, 'expiresAt'>, lifetimeSeconds: number): string {
    const token = randomBytes(32).toString('base64url');
    this.#grants.set(token, {
      ...grant,
      expiresAt: new Date(this.#now().getTime() + lifetimeSeconds * 1000),
    });
    return token;
  }

  /** @returns undefined for a token that was never issued or has expired */
  find(token: string): Grant | undefined {
    const grant = this.#grants.get(token);
    if (grant === undefined || grant.expiresAt > this.#now()) return grant;
    this.#grants.delete(token);
    return undefined;
  }
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** Seconds of a Go duration such as `1h0m0s` or `90s`; undefined for anything else. */
export function goDurationSeconds(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^(\d+(\.\d+)?[hms])+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNIT_SECONDS[unit ?? ''] ?? 0),
    0,
  );
}
