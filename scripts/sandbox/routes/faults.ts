import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from '../faults.ts';
import { ROOT_TENANT } from '../state/tenants.ts';
import type { Routes } from './context.ts';
import { ApiError, errorBody } from './errors.ts';
import { one, type Query } from './query.ts';

const HTML_PAGE =
  '<!doctype html>\n<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>\n';

/** Let armed faults hit requests. Routes without a request kind are spared. */
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

  app.addHook('onSend', async (request, reply, payload) => {
    const { fault } = request;
    if (fault?.kind === 'close') {
      request.raw.socket.destroy();
      return payload;
    }
    return fault?.kind === 'truncate' && typeof payload === 'string'
      ? truncate(reply, payload, fault.framing)
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
      return reply.code(fault.status).send(errorBody(fault.status, 'The sandbox was told to fail'));
    case 'html':
      return reply.code(200).type('text/html; charset=utf-8').send(HTML_PAGE);
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

type Framing = Extract<Fault, { kind: 'truncate' }>['framing'];

/** The first half of an answer; then, unless the framing is to look whole, a broken connection. */
function truncate(reply: FastifyReply, payload: string, framing: Framing): string | Readable {
  const bytes = Buffer.from(payload);
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  if (framing === 'whole') return half.toString();
  if (framing === 'length') reply.header('content-length', String(bytes.length));
  else reply.removeHeader('content-length');
  return Readable.from(
    (async function* () {
      yield half;
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
