import { randomBytes } from 'node:crypto';

/** What an access token stands for. */
export interface Grant {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** The certificate that callers have to show, by its thumbprint, if the token is bound to one (RFC 8705). */
  readonly certificate?: string;
  readonly expiresAt: Date;
}

/** Access tokens, in memory. Opaque, but for those bound to a certificate, which have to say so. */
export class Tokens {
  readonly #grants = new Map<string, Grant>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  issue(grant: Omit<Grant, 'expiresAt'>, lifetimeSeconds: number): string {
    const token = [...bindingOf(grant.certificate), randomBytes(32).toString('base64url')].join('.');
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

/** Builds an unsigned JWT; only the sandbox itself checks it. */
const bindingOf = (certificate: string | undefined): string[] =>
  certificate === undefined
    ? []
    : [{ alg: 'none' }, { cnf: { 'x5t#S256': certificate } }].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      );

const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** Seconds of a Go duration such as `1h0m0s` or `90s`; undefined for anything else. */
export function goDurationSeconds(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^(\d+(\.\d+)?[hms])+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNIT_SECONDS[unit ?? ''] ?? 0),
    0,
  );
}
