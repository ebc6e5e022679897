import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import {
  type AutomationClient,
  accessOf,
  type ClientCredentials,
  withAutomationClients,
} from './automation-clients.ts';
import { type BehaviourOrder, Behaviours } from './behaviour.ts';
import { type FaultOrder, Faults } from './faults.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { type LimitsOrder, RateLimiter } from './limits.ts';
import { listenForCertificates, type MutualTls } from './mutual-tls.ts';
import { type RecordedRequest, recordRequests } from './request-log.ts';
import { type AuditEntry, installAudit } from './routes/audit.ts';
import { installCompression } from './routes/compression.ts';
import type { Context } from './routes/context.ts';
import { shapeErrors } from './routes/errors.ts';
import { faultRoutes, installAnswerFaults, installConnectionFaults, installFaults } from './routes/faults.ts';
import { hubRoutes } from './routes/hub.ts';
import { installIdempotency } from './routes/idempotency.ts';
import { identityRoutes } from './routes/identity.ts';
import { keyRotationRoutes } from './routes/key-rotation.ts';
import { installLimits } from './routes/limits.ts';
import { oauth2Routes } from './routes/oauth2.ts';
import { recordExchanges } from './routes/record.ts';
import { rootRoutes } from './routes/root.ts';
import { systemRoutes } from './routes/system.ts';
import { tenantRoutes } from './routes/tenants.ts';
import { dumpOf } from './state/dump/dump.ts';
import { identityDumpOf } from './state/identity.ts';
import { type Collections, prepareTenant, ROOT_TENANT, SYSTEM_WORKSPACE, Tenants } from './state/tenants.ts';
import { Tokens } from './tokens.ts';
import { asTyped } from './types/typed.ts';
import { type VanityDomain, VanityDomains } from './vanity-domains.ts';

const HOST = '127.0.0.1';
/** Configures all tenants. */
const ROOT_CLIENT: AutomationClient = { clientId: 'root-backup' };
const MEBIBYTE = 1024 * 1024;

export interface SandboxOptions {
  /** @default 0, any free port */
  readonly port?: number;
  /** PEM; the sandbox then speaks https. @default - http */
  readonly tls?: {
    readonly cert: string;
    readonly key: string;
    /** Listens at a second port as well, which requests client certificates; those that `ca` has signed are
     * trusted, the others are told apart by what they are. */
    readonly mutual?: { readonly ca?: string };
  };
  /** Lifetime of access tokens. @default - `access_token_ttl` of the workspace, or an hour */
  readonly tokenLifetimeSeconds?: number;
  /** Largest body of an import. @default 512 MiB */
  readonly bodyLimitBytes?: number;
  /** The clock, for tests of expiry and stamps. @default - the system's */
  readonly now?: () => Date;
  /** How to answer where the vendor's documents leave it open, towards every tenant.
   * @default - the environment variable SANDBOX_BEHAVIOUR, in JSON */
  readonly behaviour?: BehaviourOrder;
  /** File to which every request and answer is added, secrets and all, to be checked against descriptions of the API.
   * @default - the environment variable SANDBOX_RECORD; nothing is recorded without it */
  readonly record?: string;
}

export interface NewTenant {
  readonly id: string;
  /** Tree of a whole tenant. Redacted or missing credentials that SecureAuth makes itself are made. */
  readonly tree: JsonObject;
  /** What only a dump holds, by collection: `acrs`, `secrets`, `roles` and so on. They become this
   * tenant's own, whatever their `tenant_id`. */
  readonly dump?: Collections;
  /** What only an identity dump holds, by collection: `users`, `user_credentials` and so on. */
  readonly identity?: Collections;
  /** Added to the system workspace. @default - one called `tenant-backup`, unless the tree holds a client that can manage the configuration */
  readonly clients?: readonly AutomationClient[];
}

/** How to get into a tenant. */
export interface TenantAccess {
  readonly id: string;
  readonly issuer: string;
  readonly clients: readonly ClientCredentials[];
}

/** A running stand-in for a SecureAuth deployment. */
export interface Sandbox {
  readonly url: string;
  readonly port: number;
  /** @throws Error when the id is taken or reserved */
  addTenant(tenant: NewTenant): TenantAccess;
  readonly tenantIds: readonly string[];
  /** The tenant as it is now, with credentials; a copy. */
  tenant(id: string): JsonObject;
  /** The tenant as it is now, as a flat dump with credentials; a copy.
   * @param withData what happened at runtime as well. @default true */
  dump(id: string, withData?: boolean): JsonObject;
  /** Pools, schemas, users and what belongs to them, as they are now; a copy. */
  identity(id: string): JsonObject;
  /** Changes a tenant without the API, as its administrators would: rotate a secret, delete a client. */
  changeTenant(id: string, change: (tree: JsonObject) => void): void;
  issuer(id: string): string;
  /** Also serves a tenant on its own host, such as `localhost`. */
  addVanityDomain(hostname: string, domain: VanityDomain): void;
  /** How to get into the APIs of the whole deployment: by the workspace `system` of the tenant `system`. */
  readonly root: TenantAccess;
  /** Changes behaviour that the vendor's documents leave open, for one tenant, or with `*` for all. */
  setBehaviour(tenantId: string, behaviour: BehaviourOrder): void;
  /** Limits the requests of a tenant, or with `*` of all. Replaces earlier limits. */
  setLimits(tenantId: string, limits: LimitsOrder): void;
  /** Adds a fault for one tenant, or with `*` for all. Faults stay until they are used up or cleared. */
  setFault(tenantId: string, fault: FaultOrder): void;
  clearFaults(tenantId?: string): void;
  /** Every request so far, oldest first; without bodies and tokens. */
  readonly requests: readonly RecordedRequest[];
  /** Every write that got as far as the API, oldest first: who made it, with which correlation id, and what came of it. */
  readonly audit: readonly AuditEntry[];
  close(): Promise<void>;
}

/** Starts the sandbox on 127.0.0.1.
 * @throws Error when the port is taken
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const now = options.now ?? (() => new Date());
  const faults = new Faults();
  const behaviours = new Behaviours();
  const tenants = new Tenants((id, state) => {
    const { typedFields } = behaviours.of(id);
    return typedFields === 'off' ? state : asTyped(typedFields, state);
  });
  behaviours.set('*', options.behaviour ?? JSON.parse(process.env['SANDBOX_BEHAVIOUR'] || '{}'));
  tenants.createRoot(prepareTenant(withAutomationClients({}, [ROOT_CLIENT]), now()));
  const requests: RecordedRequest[] = [];
  const audit: AuditEntry[] = [];
  const domains = new VanityDomains();
  let url = '';
  let mtls: MutualTls | undefined;
  const context: Context = {
    tenants,
    faults,
    behaviours,
    limiter: new RateLimiter(now),
    audit,
    now,
    tokens: new Tokens(now),
    tokenLifetimeSeconds: options.tokenLifetimeSeconds,
    baseUrl: () => url,
    mtlsUrl: () => mtls?.url,
  };

  const app = createApp(options, domains);
  shapeErrors(app);
  recordRequests(app, requests, now);
  installLimits(app, context);
  installFaults(app, context);
  // In this order an answer is kept for repeats, entered into the trail, spoilt, recorded, compressed and cut off.
  installIdempotency(app, context);
  installAudit(app, context);
  installAnswerFaults(app, context);
  const record = options.record ?? process.env['SANDBOX_RECORD'];
  if (record) recordExchanges(app, record, now);
  installCompression(app, context);
  installConnectionFaults(app, context);
  faultRoutes(app, context);
  tenantRoutes(app, context);
  oauth2Routes(app, context);
  hubRoutes(app, context);
  systemRoutes(app, context);
  keyRotationRoutes(app, context);
  rootRoutes(app, context);
  identityRoutes(app, context);
  await app.listen({ host: HOST, port: options.port ?? 0 });
  const { port } = app.server.address() as AddressInfo;
  mtls = options.tls?.mutual && (await listenForCertificates(app, options.tls, HOST));
  url = `${options.tls ? 'https' : 'http'}://${HOST}:${port}`;
  const issuer = (id: string): string => `${url}/${id}/${SYSTEM_WORKSPACE}`;

  return {
    url,
    port,
    addTenant({ id, tree, clients, dump, identity }) {
      const prepared = prepareTenant(withAutomationClients(tree, clients), now());
      tenants.create(id, prepared, {
        beside: ofTenant(id, dump),
        identity: ofTenant(id, identity),
      });
      return { id, issuer: issuer(id), clients: accessOf(prepared, clients) };
    },
    get tenantIds() {
      return tenants.ids;
    },
    tenant: (id) => structuredClone(tenants.get(id)),
    dump: (id, withData = true) => structuredClone(dumpOf(id, tenants.state(id), { withData, root: true })),
    identity: (id) => structuredClone(identityDumpOf(id, tenants.state(id))),
    changeTenant(id, change) {
      const tree = structuredClone(tenants.get(id));
      change(tree);
      tenants.replace(id, tree);
    },
    issuer,
    addVanityDomain: (hostname, domain) => domains.add(hostname, domain),
    get root() {
      const clients = accessOf(tenants.get(ROOT_TENANT), [ROOT_CLIENT]);
      return { id: ROOT_TENANT, issuer: issuer(ROOT_TENANT), clients };
    },
    setBehaviour(tenantId, behaviour) {
      behaviours.set(tenantId, behaviour);
      // What is there already is stored in the way of now.
      for (const id of tenants.ids) if (tenantId === '*' || tenantId === id) tenants.replaceState(id, {});
    },
    setLimits: (tenantId, limits) => context.limiter.set(tenantId, limits),
    setFault: (tenantId, fault) => void faults.arm(tenantId, fault),
    clearFaults: (tenantId) => faults.disarm(tenantId),
    requests,
    audit,
    async close() {
      await mtls?.close();
      await app.close();
    },
  };
}

/** Elements as this tenant's own, whosever they were; roles name their tenant deeper inside. */
function ofTenant(tenantId: string, collections: Collections = {}): Collections {
  const own = (element: Json | undefined): JsonObject =>
    isJsonObject(element) ? { ...structuredClone(element), tenant_id: tenantId } : { tenant_id: tenantId };
  return Object.fromEntries(
    Object.entries(collections).map(([name, list]) => [
      name,
      list.map((element) =>
        name === 'roles'
          ? { ...element, subject: own(element['subject']), resource: own(element['resource']) }
          : own(element),
      ),
    ]),
  );
}

function createApp(
  { tls, bodyLimitBytes = 512 * MEBIBYTE }: SandboxOptions,
  domains: VanityDomains,
): FastifyInstance {
  const common = {
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: true,
    // Clients with pooled connections wait for these; `close` must not.
    keepAliveTimeout: 5_000,
    routerOptions: { maxParamLength: 1_000 },
    rewriteUrl: ({ headers, url }: IncomingMessage) => domains.ordinary(headers.host, url ?? ''),
  };
  const app = (
    tls ? Fastify({ ...common, https: { cert: tls.cert, key: tls.key } }) : Fastify(common)
  ) as FastifyInstance;
  // Routes validate bodies themselves: the real server does not require a content type either.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-trace-id', randomBytes(16).toString('hex'));
  });
  return app;
}
