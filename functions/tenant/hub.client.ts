import { isTenantBackupError, TenantBackupError } from '../errors.ts';
import type { Enrolment } from './enrolment.ts';
import type { Http, HttpResponse } from './http.client.ts';
import type { ImportMode } from './import-mode.ts';
import { type Exchange, failureOf } from './response.ts';
import { type RetryPolicy, type RetryTools, withRetry } from './retry.ts';
import type { Access, Tokens } from './token.client.ts';

/** The hub API of one tenant: its whole configuration as one tree.
 * @see https://docs.secureauth.com/ciam/en/export-and-import-tenant-configuration.html */
export interface Hub {
  /** @returns the document as the tenant sent it: UTF-8 JSON of a whole tree
   * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE, EXPORT_TOO_LARGE and the errors of `failureOf` */
  exportTree(options: { withCredentials: boolean }): Promise<Buffer>;
  /** Send a tree to the tenant. A success proves little: export again and compare.
   * @param idempotencyKey 32 to 255 characters; a repetition within a minute replays the first answer
   * @throws IMPORT_REFUSED, IMPORT_CONFLICT and the errors of `failureOf` */
  importTree(
    tree: string | Buffer,
    options: { mode: ImportMode; dryRun: boolean; idempotencyKey: string },
  ): Promise<void>;
}

export interface HubOptions {
  readonly enrolment: Enrolment;
  readonly access: Access;
  readonly http: Http;
  readonly tokens: Tokens;
  readonly retry: RetryPolicy;
  readonly tools: RetryTools;
  /** Sent as `X-Correlation-ID`, found again in the tenant's audit log. */
  readonly correlationId: string;
}

export function createHub({ enrolment, access, http, tokens, retry, tools, correlationId }: HubOptions): Hub {
  const { tenantId } = enrolment;
  const configUrl = (query: Record<string, string>) => {
    const url = new URL(`/api/hub/${encodeURIComponent(tenantId)}/promote/config`, enrolment.origin);
    url.search = new URLSearchParams(query).toString();
    return url;
  };

  /** One exchange with a token, minted anew once if the tenant no longer knows it. */
  const send = async (
    exchange: Exchange,
    what: string,
    request: { method: 'GET' | 'POST'; url: URL; headers?: Record<string, string>; body?: string | Buffer },
  ): Promise<HttpResponse> => {
    for (let fresh = false; ; fresh = true) {
      const token = await tokens.get(enrolment, access);
      const response = await http.send({
        ...request,
        headers: { ...request.headers, authorization: `Bearer ${token}`, 'x-correlation-id': correlationId },
      });
      const failure = failureOf(response, what, exchange);
      if (failure === null) return response;
      if (failure.code !== 'AUTHENTICATION_REFUSED' || fresh) throw failure;
      tokens.forget(enrolment, access);
    }
  };

  return {
    exportTree({ withCredentials }) {
      const what = `export of ${tenantId} ${withCredentials ? 'with' : 'without'} credentials`;
      return withRetry(
        async () =>
          processExport(
            await send('export', what, {
              method: 'GET',
              url: configUrl({ with_credentials: String(withCredentials) }),
            }),
            what,
          ),
        retry,
        tools,
      );
    },

    async importTree(tree, { mode, dryRun, idempotencyKey }) {
      const what = `import into ${tenantId} with mode=${mode}`;
      // Whatever keeps us from a token has not touched the tenant yet, so that all of it may be waited out.
      await withRetry(() => tokens.get(enrolment, access), retry, tools);
      await withRetry(
        async () => {
          try {
            await send('import', what, {
              method: 'POST',
              url: configUrl({ mode, dry_run: String(dryRun) }),
              headers: { 'content-type': 'application/json', 'x-idempotency-key': idempotencyKey },
              body: tree,
            });
          } catch (error) {
            throw conflictOf(error, mode);
          }
        },
        retry,
        tools,
        // Whether an import without an answer was applied is unknown, so only a refusal is repeated.
        (failure) => failure.code === 'TENANT_THROTTLED',
      );
    },
  };
}

/** Judge a successful answer before anything believes it: a whole JSON object, whatever its content type says. */
function processExport({ body }: HttpResponse, what: string): Buffer {
  const facts = { bytes: body.byteLength };
  const first = body.find(notSpace);
  if (first === undefined) throw new TenantBackupError('EXPORT_MALFORMED', `${what} is empty`, facts);
  if (first !== OPEN_BRACE)
    throw new TenantBackupError('EXPORT_MALFORMED', `${what} is not a JSON object`, facts);
  if (body.findLast(notSpace) !== CLOSE_BRACE) {
    throw new TenantBackupError(
      'EXPORT_INCOMPLETE',
      `${what} ends early after ${body.byteLength} bytes`,
      facts,
    );
  }
  return body;
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const notSpace = (byte: number) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09;

/** The hub has no 409: a conflict under `mode=fail` comes back as 400 or 422. */
function conflictOf(error: unknown, mode: ImportMode): unknown {
  return mode === 'fail' && isTenantBackupError(error) && error.code === 'IMPORT_REFUSED'
    ? new TenantBackupError('IMPORT_CONFLICT', error.message, error.facts)
    : error;
}
