import { appendFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

const HEADERS = ['content-type', 'accept-encoding', 'x-idempotency-key', 'x-correlation-id'];

/** Writes every request with its answer to a file, one JSON document a line, to be checked against descriptions of the
 * API. The file holds secrets and tokens: those of the sandbox. */
export function recordExchanges(app: FastifyInstance, file: string, now: () => Date): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const [path = ''] = request.url.split('?');
    const exchange = {
      at: now().toISOString(),
      method: request.method,
      path,
      query: request.query,
      requestHeaders: Object.fromEntries(
        HEADERS.flatMap((name) =>
          request.headers[name] === undefined ? [] : [[name, request.headers[name]]],
        ),
      ),
      requestBody: Buffer.isBuffer(request.body) ? request.body.toString() : null,
      status: reply.statusCode,
      responseHeaders: reply.getHeaders(),
      responseBody: typeof payload === 'string' ? payload : null,
      /** The kind of fault that hit it; the answer need not be one that the real deployment gives. */
      fault: request.fault?.kind ?? null,
    };
    appendFileSync(file, `${JSON.stringify(exchange)}\n`);
    return payload;
  });
}
