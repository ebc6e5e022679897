import type { FastifyInstance } from 'fastify';

/** A request as the sandbox remembers it: never a body, a header with a token, or a secret. */
export interface RecordedRequest {
  readonly at: Date;
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  /** The tenant in the path, or in the query of a call to the whole deployment; whether it exists or not. */
  readonly tenant: string | undefined;
  /** The caller's `X-Correlation-ID`. */
  readonly correlationId: string | undefined;
  /** Undefined as long as there is no answer, and for ever if the connection was closed instead. */
  status: number | undefined;
}

/** Record every request into `requests`, in the order of arrival. */
export function recordRequests(app: FastifyInstance, requests: RecordedRequest[], now: () => Date): void {
  app.addHook('onRequest', async (request, reply) => {
    const recorded: RecordedRequest = {
      at: now(),
      method: request.method,
      path: request.url.split('?')[0] ?? '',
      query: { ...(request.query as Record<string, unknown>) },
      tenant: (request.params as { tid?: string }).tid ?? (request.query as { tid?: string }).tid,
      correlationId: request.headers['x-correlation-id']?.toString(),
      status: undefined,
    };
    requests.push(recorded);
    reply.raw.once('finish', () => {
      recorded.status = reply.raw.statusCode;
    });
  });
}
