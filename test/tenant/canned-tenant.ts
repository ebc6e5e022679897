import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Enrolment, parseEnrolment } from '../../functions/tenant/enrolment/enrolment.ts';

/** A request as it came, body and all. */
export interface Received {
  readonly method: string | undefined;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = (response: ServerResponse, request: Received) => unknown;

/** An issuer with a token for everybody, and APIs that answer whatever they are told to. */
export async function startCannedTenant(answer: Answer) {
  const received: Received[] = [];
  let base = '';
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, url = '', headers } = request;
    const each = { method, url, headers, body: Buffer.concat(chunks).toString() };
    received.push(each);
    const json = (value: object) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
    const issuer = /^(.*)\/\.well-known\/openid-configuration$/.exec(url)?.[1];
    if (issuer !== undefined) {
      return json({ issuer: base + issuer, token_endpoint: `${base + issuer}/oauth2/token` });
    }
    if (url.endsWith('/oauth2/token')) {
      return json({ access_token: 'token', token_type: 'Bearer', expires_in: 3600 });
    }
    return answer(response, each);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    received,
    /** Those to the configuration APIs. */
    calls: () => received.filter(({ url }) => url.includes('/api/')),
    enrolment: (changes: object = {}, path = '/acme/system'): Enrolment =>
      parseEnrolment(
        JSON.stringify({ issuer: base + path, clientId: 'backup', clientSecret: 'secret', ...changes }),
        'canned',
      ),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
