import { z } from 'zod';

/** What a request is for; faults may be limited to one kind. */
const REQUEST_KINDS = ['discovery', 'token', 'export', 'import', 'patch', 'list', 'delete'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** The families of APIs; faults may be limited to one. */
export const API_NAMES = ['oauth2', 'hub', 'system', 'identity'] as const;
export type ApiName = (typeof API_NAMES)[number];

const limits = {
  /** Only requests of this kind. @default - any */
  on: z.enum(REQUEST_KINDS).optional(),
  /** Only requests to this family of APIs. @default - any */
  api: z.enum(API_NAMES).optional(),
  /** Number of requests that the fault affects. @default - all */
  times: z.number().int().min(1).optional(),
  /** Number of matching requests that pass first. @default 0 */
  after: z.number().int().min(0).optional(),
};

/** The faults of the sandbox. Every fault may carry `on`, `api`, `times` and `after`. */
const faultSchema = z.discriminatedUnion('kind', [
  /** 429 with `Retry-After` in seconds. */
  z.strictObject({
    kind: z.literal('throttle'),
    retryAfterSeconds: z.number().int().min(0).default(1),
    ...limits,
  }),
  /** 403 `request_forbidden`, as bursts of calls are refused. */
  z.strictObject({ kind: z.literal('burst-refusal'), ...limits }),
  /** An error with this status, `before` doing anything, or `after` having done it. */
  z.strictObject({
    kind: z.literal('fail'),
    status: z.number().int().min(400).max(599).default(503),
    when: z.enum(['before', 'after']).default('before'),
    ...limits,
  }),
  /** A write that changes the first `objects` objects and then answers an error with this status. */
  z.strictObject({
    kind: z.literal('fail-halfway'),
    objects: z.number().int().min(0).default(1),
    status: z.number().int().min(400).max(599).default(500),
    ...limits,
  }),
  /** Half of the answer. `length` announces all of it and closes; `chunked` closes without the last chunk; `whole`
   * is proper HTTP around half a document. */
  z.strictObject({
    kind: z.literal('truncate'),
    framing: z.enum(['length', 'chunked', 'whole']).default('length'),
    ...limits,
  }),
  /** Closes the connection `before` doing anything, or `after` having done it, instead of answering. */
  z.strictObject({
    kind: z.literal('close'),
    when: z.enum(['before', 'after']).default('before'),
    ...limits,
  }),
  /** Never answers, `before` doing anything, or `after` having done it. The connection stays open. */
  z.strictObject({
    kind: z.literal('hang'),
    when: z.enum(['before', 'after']).default('before'),
    ...limits,
  }),
  /** Waits, then goes on: the one fault that combines with another. */
  z.strictObject({
    kind: z.literal('slow'),
    delayMilliseconds: z.number().int().min(0).default(1000),
    ...limits,
  }),
  /** An HTML error page, as proxies send, with this status. */
  z.strictObject({
    kind: z.literal('html'),
    status: z.number().int().min(200).max(599).default(200),
    ...limits,
  }),
  /** The answer with this content type. */
  z.strictObject({
    kind: z.literal('content-type'),
    type: z.string().min(1).default('text/plain'),
    ...limits,
  }),
  /** A redirect to another host or path. */
  z.strictObject({
    kind: z.literal('redirect'),
    status: z
      .union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)])
      .default(302),
    location: z.string().min(1).default('/login'),
    ...limits,
  }),
  /** 200 with an empty body. */
  z.strictObject({ kind: z.literal('empty'), ...limits }),
  /** Answers an export with credentials by one without. */
  z.strictObject({ kind: z.literal('redacted'), ...limits }),
  /** Answers a write with 204 but leaves out the object at `pointer`, or everything. The pointer starts at the root of the
   * tenant for trees, and of the document for dumps. */
  z.strictObject({
    kind: z.literal('skip-import'),
    pointer: z.string().startsWith('/').optional(),
    ...limits,
  }),
]);

/** All kinds of faults, for tests that try each of them. */
export const FAULT_KINDS = faultSchema.options.map(({ shape }) => shape.kind.value);

/** A fault as it acts, with its defaults filled in. */
export type Fault = z.output<typeof faultSchema>;
/** A fault as it is ordered. */
export type FaultOrder = z.input<typeof faultSchema>;

/** A request as far as faults care. */
export interface Target {
  readonly tenantId: string;
  readonly kind: RequestKind;
  readonly api: ApiName;
  readonly withCredentials: boolean;
}

interface Armed {
  readonly tenantId: string;
  readonly fault: Fault;
  matched: number;
}

/** The faults that are armed, oldest first. */
export class Faults {
  #armed: Armed[] = [];

  /** @param tenantId or `*` for all tenants
   * @throws Error naming the field and its bound */
  arm(tenantId: string, order: unknown): Fault {
    const fault = parseFault(order);
    this.#armed.push({ tenantId, fault, matched: 0 });
    return fault;
  }

  disarm(tenantId?: string): void {
    this.#armed = tenantId === undefined ? [] : this.#armed.filter((armed) => armed.tenantId !== tenantId);
  }

  get armed(): { tenantId: string; fault: Fault; matched: number }[] {
    return this.#armed.map((armed) => ({ ...armed }));
  }

  /** The faults that hit this request: any number of `slow`, and the first other one. Counts down `after` and `times`. */
  take(target: Target): { delayMilliseconds: number; fault: Fault | null } {
    let delayMilliseconds = 0;
    let taken: Fault | null = null;
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (!applies(armed, target) || (fault.kind !== 'slow' && taken !== null)) continue;
      armed.matched += 1;
      if (armed.matched <= (fault.after ?? 0)) continue;
      if (fault.kind === 'slow') delayMilliseconds += fault.delayMilliseconds;
      else taken = fault;
    }
    this.#armed = this.#armed.filter(
      ({ fault, matched }) => matched < (fault.after ?? 0) + (fault.times ?? Infinity),
    );
    return { delayMilliseconds, fault: taken };
  }
}

function applies({ tenantId, fault }: Armed, target: Target): boolean {
  if (tenantId !== '*' && tenantId !== target.tenantId) return false;
  if (fault.on !== undefined && fault.on !== target.kind) return false;
  if (fault.api !== undefined && fault.api !== target.api) return false;
  if (fault.kind === 'redacted') return target.kind === 'export' && target.withCredentials;
  return (
    !WRITES_ONLY.has(fault.kind) ||
    target.kind === 'import' ||
    target.kind === 'patch' ||
    target.kind === 'delete'
  );
}

const WRITES_ONLY = new Set<Fault['kind']>(['skip-import', 'fail-halfway']);

function parseFault(order: unknown): Fault {
  const result = faultSchema.safeParse(order);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`fault ${issue?.path.join('.') || 'order'}: ${issue?.message.toLowerCase() ?? 'invalid'}`);
}

/** A fault from the command line; arming it validates its members. */
export interface FaultFlag {
  readonly tenantId: string;
  readonly order: Readonly<Record<string, string | number>>;
}

/** A fault from the command line: `TENANT:KIND[,MEMBER=VALUE...]`, for example `acme:throttle,times=3,on=export`.
 * @throws Error when the text has another form; arming the fault validates it
 */
export function parseFaultFlag(text: string): FaultFlag {
  const [, tenantId, kind, rest = ''] = /^([^:,]+):([^:,=]+)((?:,[^,=]+=[^,]*)*)$/.exec(text) ?? [];
  if (tenantId === undefined || kind === undefined) {
    throw new Error(`fault must be TENANT:KIND[,MEMBER=VALUE...], got ${text}`);
  }
  const members = rest
    .split(',')
    .filter(Boolean)
    .map((member): [string, string | number] => {
      const [name = '', value = ''] = member.split('=');
      return [name, /^\d+$/.test(value) ? Number(value) : value];
    });
  return { tenantId, order: { kind, ...Object.fromEntries(members) } };
}
