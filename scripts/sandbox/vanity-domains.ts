/** Hosts whose URLs leave out what the host itself says: `tenant` the tenant's id, `server` the workspace's as well;
 * `none` nothing, which leaves the base path. */
export interface VanityDomain {
  readonly tenantId: string;
  readonly kind: 'tenant' | 'server' | 'none';
  /** Path in front of everything but the hub API: `/base`. @default - none */
  readonly basePath?: string;
}

const SYSTEM = 'system';

/** Turns the URLs of vanity domains into the ordinary ones that the routes know. */
export class VanityDomains {
  readonly #domains = new Map<string, VanityDomain>();

  /** @param hostname without port, such as `localhost` */
  add(hostname: string, domain: VanityDomain): void {
    this.#domains.set(hostname, domain);
  }

  /** @param host of the request, with its port
   * @param url path and query */
  ordinary(host: string | undefined, url: string): string {
    const domain = this.#domains.get((host ?? '').replace(/:\d+$/, ''));
    // The hub API is the same on every host, and knows no base path.
    if (domain === undefined || url.startsWith('/api/hub/')) return url;
    const { tenantId, kind, basePath = '' } = domain;
    if (!url.startsWith(`${basePath}/`)) return '/_sandbox/no-such-path';
    const path = url.slice(basePath.length);
    if (kind === 'none') return path;
    const tid = encodeURIComponent(tenantId);
    const api = /^\/api\/(?:system|identity)(?=\/)/.exec(path)?.[0];
    if (api !== undefined) return `${api}/${tid}${path.slice(api.length)}`;
    return kind === 'tenant' ? `/${tid}${path}` : `/${tid}/${SYSTEM}${path}`;
  }
}
