import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** A second listener, which asks callers for certificates. */
export interface MutualTls {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the same routes on a TLS port that requests client certificates. It accepts connections without a certificate, or
 * with an unknown one; the routes check it.
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-5 why at a place of its own */
export async function listenForCertificates(
  app: FastifyInstance,
  { cert, key, mutual }: { cert: string; key: string; mutual?: { ca?: string } },
  host: string,
): Promise<MutualTls> {
  const server = createServer(
    { cert, key, requestCert: true, rejectUnauthorized: false, ...(mutual?.ca && { ca: mutual.ca }) },
    (request, response) => app.routing(request, response),
  );
  server.listen(0, host);
  await once(server, 'listening');
  return {
    url: `https://${host}:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
