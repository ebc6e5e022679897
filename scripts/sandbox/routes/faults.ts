import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from '../faults.ts';
import { ROOT_TENANT } from '../state/tenants.ts';
import type { Routes } from './context.ts';
import { ApiError, errorBody } from './errors.ts';
import { one, type Query } from './query.ts';

const HTML_PAGE =
  '<!doctype html>\n<html><head><title>502 Bad Gateway</title></head><body>proxy page</body></html>\n';

/** Applies armed faults to requests, except on routes without a request kind. */
export const installFaults: Routes = (app, context) => {
  app.decorateRequest('fault', null);

  app.addHook('onRequest', async (request, reply) => {
    const kind = request.routeOptions.config.requestKind;
    if (kind === undefined) return;
    const query = request.query as Query;
    const { api = 'oauth2' } = request.routeOptions.config;
    const { delayMilliseconds, fault } = context.faults.take({
      tenantId: tenantIdOf(request),
      kind,
      api,
      // Dumps show them always.
      withCredentials: api !== 'hub' || query['with_credentials'] === 'true',
    });
    request.fault = fault;
    if (delayMilliseconds > 0) await sleep(delayMilliseconds);
    if (fault !== null) return answerInstead(fault, request, reply);
  });
};

/** Applies faults to answers: status, type, and half of the content. */
export const installAnswerFaults: Routes = (app) => {
  app.addHook('onSend', async ({ fault }, reply, payload) => {
    if (fault?.kind === 'fail' && fault.when === 'after') {
      reply.code(fault.status).type('application/json; charset=utf-8');
      return JSON.stringify(errorBody(fault.status, 'The sandbox was told to fail'));
    }
    if (fault?.kind === 'content-type') reply.type(fault.type);
    if (fault?.kind !== 'truncate' || fault.framing !== 'whole' || typeof payload !== 'string')
      return payload;
    return halfOf(Buffer.from(payload)).toString();
  });
};

/** Applies faults that break the connection, after all other changes of an answer. */
export const installConnectionFaults: Routes = (app) => {
  app.addHook('onSend', async ({ fault, raw }, reply, payload) => {
    if (fault?.kind === 'close') raw.socket.destroy();
    if (fault?.kind === 'hang') await new Promise<never>(() => {});
    if (fault?.kind !== 'truncate' || fault.framing === 'whole') return payload;
    return typeof payload === 'string' || Buffer.isBuffer(payload)
      ? truncate(reply, Buffer.from(payload as string), fault.framing)
      : payload;
  });
};

/** The tenant that a request is about: of its path, or of its query where it is for the whole deployment. */
export function tenantIdOf({ params, query }: FastifyRequest): string {
  const { tid } = params as { tid?: string };
  const queried = (query as Query)['tid'];
  return tid ?? (typeof queried === 'string' ? queried : ROOT_TENANT);
}

/** Faults that hit before anything is looked at, as those of a proxy in front do. */
function answerInstead(fault: Fault, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  switch (fault.kind) {
    case 'throttle':
      reply.code(429).header('retry-after', String(fault.retryAfterSeconds));
      return reply.send(errorBody(429, 'Too many requests'));
    case 'burst-refusal':
      return reply.code(403).send(errorBody(403, 'Request forbidden', 'request_forbidden'));
    case 'fail':
      if (fault.when === 'after') return undefined;
      return reply.code(fault.status).send(errorBody(fault.status, 'The sandbox was told to fail'));
    case 'html':
      return reply
        .code(fault.status)
        .header('server', 'nginx/1.27.1')
        .type('text/html; charset=utf-8')
        .send(HTML_PAGE);
    case 'redirect':
      return reply.redirect(fault.location, fault.status);
    case 'hang':
      return fault.when === 'before' ? reply.hijack() : undefined;
    case 'empty':
      return reply.code(200).type('application/json').send('');
    case 'close':
      if (fault.when === 'after') return undefined;
      request.raw.socket.destroy();
      return reply.hijack();
    default:
      return undefined;
  }
}

const halfOf = (bytes: Buffer): Buffer => bytes.subarray(0, Math.floor(bytes.length / 2));

/** The first half of an answer, then a broken connection. */
function truncate(reply: FastifyReply, bytes: Buffer, framing: 'length' | 'chunked'): Readable {
  if (framing === 'length') reply.header('content-length', String(bytes.length));
  else reply.removeHeader('content-length');
  return Readable.from(
    (async function* () {
      yield halfOf(bytes);
      // Give the first half time to leave before the connection breaks.
      await sleep(20);
      throw new Error('the sandbox was told to cut this answer short');
    })(),
  );
}

interface FaultRoute {
  Querystring: Query;
  Body: Buffer | undefined;
}

/** `/_sandbox/faults`: GET lists, POST `{"tenant": "acme" | "*", "kind": ...}` arms, DELETE `?tenant=` disarms. */
export const faultRoutes: Routes = (app, { faults }) => {
  const path = '/_sandbox/faults';
  app.get(path, async () => ({
    faults: faults.armed.map(({ tenantId, fault, matched }) => ({ tenant: tenantId, ...fault, matched })),
  }));
  app.post<FaultRoute>(path, async ({ body }, reply) => {
    try {
      const { tenant = '*', ...order } = JSON.parse(body?.toString() ?? '') as { tenant?: unknown };
      if (typeof tenant !== 'string') throw new Error('tenant must be a string');
      return reply.code(201).send({ tenant, ...faults.arm(tenant, order) });
    } catch (error) {
      throw new ApiError(400, 'bad_request', (error as Error).message);
    }
  });
  app.delete<FaultRoute>(path, async ({ query }, reply) => {
    faults.disarm(one(query, 'tenant'));
    return reply.code(204).send();
  });
};
