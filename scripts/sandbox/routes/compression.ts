import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Routes } from './context.ts';

const compress = promisify(gzip);

/** Smaller answers would hardly shrink. */
const LEAST_BYTES = 1024;

/** Compress answers for callers that accept it (RFC 9110 section 12.5.3). */
export const installCompression: Routes = (app) => {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < LEAST_BYTES) return payload;
    reply.header('vary', 'accept-encoding');
    if (!acceptsGzip(request.headers['accept-encoding'])) return payload;
    reply.header('content-encoding', 'gzip');
    return compress(payload, { level: constants.Z_BEST_SPEED });
  });
};

/** Returns whether the client accepts `gzip`, with a weight above 0. */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  const codings = String(header ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim());
  return codings.some((coding) => /^gzip(?:$|\s*;)/.test(coding) && !/;\s*q=0(?:\.0*)?$/.test(coding));
}
