import { tokenOf } from './access.ts';
import type { Routes } from './context.ts';
import { ApiError } from './errors.ts';
import { tenantIdOf } from './faults.ts';

/** How long the first answer is repeated. */
const LIFETIME_MILLISECONDS = 60_000;

interface Answer {
  readonly at: number;
  readonly status: number;
  readonly payload: string;
  readonly contentType: string | undefined;
}

/** Keeps answers to POST requests with an `X-Idempotency-Key` of 32 to 255 characters. A repetition within a minute gets the
 * first answer again, with `X-Idempotent-Replayed: true`, and has no effect. */
export const installIdempotency: Routes = (app, { now, tokens }) => {
  const answers = new Map<string, Answer>();
  app.decorateRequest('idempotencyKey', null);

  app.addHook('preHandler', async (request, reply) => {
    const key = request.headers['x-idempotency-key']?.toString();
    const { api, requestKind } = request.routeOptions.config;
    if (key === undefined || request.method !== 'POST' || requestKind === undefined || api === undefined)
      return;
    if (key.length < 32 || key.length > 255) {
      throw new ApiError(
        400,
        'bad_request',
        `x-idempotency-key must have 32 to 255 characters, got ${key.length}`,
      );
    }
    // Another caller must not get this answer: the route answers 401 itself.
    const grant = tokens.find(tokenOf(request) ?? '');
    if (grant === undefined) return;
    request.idempotencyKey = JSON.stringify([grant.clientId, tenantIdOf(request), request.url, key]);
    const answer = answers.get(request.idempotencyKey);
    if (answer === undefined || now().getTime() - answer.at >= LIFETIME_MILLISECONDS) return;
    request.idempotencyKey = null;
    reply.header('x-idempotent-replayed', 'true');
    if (answer.contentType !== undefined) reply.type(answer.contentType);
    return reply.code(answer.status).send(answer.payload || undefined);
  });

  app.addHook('onSend', async ({ idempotencyKey }, reply, payload) => {
    if (idempotencyKey === null) return payload;
    answers.set(idempotencyKey, {
      at: now().getTime(),
      status: reply.statusCode,
      payload: typeof payload === 'string' ? payload : '',
      contentType: reply.getHeader('content-type')?.toString(),
    });
    return payload;
  });
};
