import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AwsCall, awsCallOf } from './aws-call.ts';

/** What happens to a call:
 * - `refuse`: AWS answers with an error, and does nothing
 * - `lose`: AWS does it, and the answer is lost
 * - `cut`: AWS does it, and the connection ends in the middle of the answer
 * - `garble`: a page of a proxy comes in place of the answer
 * - `delay`: the answer comes late */
export type FaultKind = 'refuse' | 'lose' | 'cut' | 'garble' | 'delay';

/** A fault between a client and AWS. */
export interface Fault {
  readonly service: string;
  /** @default - every action */
  readonly action?: string;
  /** Part of path and query. @default - any */
  readonly url?: string;
  readonly kind: FaultKind;
  /** Code of the error of `refuse`. @default - that of throttling */
  readonly code?: string;
  /** HTTP status of that error. @default - that of throttling */
  readonly status?: number;
  /** Calls that succeed first. @default 0 */
  readonly after?: number;
  /** Calls that fail. @default - all */
  readonly times?: number;
  /** Of `delay`. */
  readonly milliseconds?: number;
}

export interface ChaosProxy {
  readonly url: string;
  /** Sends what no fault concerns to this server. */
  forwardTo(target: string): void;
  /** Replaces the faults. */
  inject(faults: readonly Fault[]): void;
  /** Lets every call through from now on. */
  pause(): void;
  /** @returns how many calls each fault met */
  hits(): number[];
  close(): Promise<void>;
}

interface ActiveFault {
  readonly fault: Fault;
  seen: number;
  hits: number;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const THROTTLING: Readonly<Record<string, readonly [code: string, status: number]>> = {
  s3: ['SlowDown', 503],
  sqs: ['RequestThrottled', 400],
  sns: ['Throttled', 429],
  lambda: ['TooManyRequestsException', 429],
};

/** An HTTP proxy before the local AWS that breaks calls as networks and services do.
 * @param onCall receives every call */
export async function startChaosProxy(onCall: (call: AwsCall) => void = () => {}): Promise<ChaosProxy> {
  let target = new URL('http://127.0.0.1');
  let active: ActiveFault[] = [];
  let isPaused = false;
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const call = awsCallOf(request, body);
    onCall(call);
    const met = isPaused ? undefined : active.find(({ fault }) => concerns(fault, call));
    const index = met ? met.seen++ : 0;
    const { after = 0, times = Number.POSITIVE_INFINITY } = met?.fault ?? {};
    if (!met || index < after || index >= after + times)
      return answer(response, await forward(request, body));
    met.hits++;
    const { kind, code, status, milliseconds = 0 } = met.fault;
    if (kind === 'refuse') return answer(response, refusal(call.service, code, status));
    const answered = await forward(request, body);
    if (kind === 'lose') return void response.destroy();
    if (kind === 'garble') {
      const page = Buffer.from('<html><body>502 Bad Gateway</body></html>');
      return answer(response, { status: 502, headers: { 'content-type': 'text/html' }, body: page });
    }
    if (kind === 'delay') {
      await sleep(milliseconds);
      return answer(response, answered);
    }
    response.writeHead(answered.status, { ...answered.headers, 'content-length': answered.body.byteLength });
    response.write(answered.body.subarray(0, answered.body.byteLength >> 1), () => response.destroy());
  }

  async function forward(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const { connection: _, 'transfer-encoding': __, ...headers } = request.headers;
    const outgoing = httpRequest({
      hostname: target.hostname,
      port: target.port,
      method: request.method,
      path: request.url,
      headers: { ...headers, 'content-length': body.byteLength },
    });
    outgoing.end(body);
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    return { status: incoming.statusCode ?? 502, headers: incoming.headers, body: await buffer(incoming) };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forwardTo(url) {
      target = new URL(url);
    },
    inject(faults) {
      isPaused = false;
      active = faults.map((fault) => ({ fault, seen: 0, hits: 0 }));
    },
    pause() {
      isPaused = true;
    },
    hits: () => active.map(({ hits }) => hits),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const concerns = (fault: Fault, { service, action, url }: AwsCall): boolean =>
  fault.service === service &&
  (fault.action === undefined || fault.action === action) &&
  (fault.url === undefined || url.includes(fault.url));

function answer(response: ServerResponse, { status, headers, body }: Answer): void {
  const { connection: _, 'transfer-encoding': __, ...kept } = headers;
  // The length of an answer to HEAD is that of the object.
  if (response.req.method !== 'HEAD') kept['content-length'] = String(body.byteLength);
  response.writeHead(status, kept);
  response.end(body);
}

/** An error as the service writes it: S3 and the query protocol in XML, the others in JSON. */
function refusal(service: string, code?: string, status?: number): Answer {
  const [throttled, throttledStatus] = THROTTLING[service] ?? ['ThrottlingException', 400];
  const name = code ?? throttled;
  const error = `<Error><Code>${name}</Code><Message>injected</Message></Error>`;
  const isXml = ['s3', 'sns', 'sts', 'iam', 'cloudformation'].includes(service);
  const xml = service === 's3' ? error : `<ErrorResponse>${error}<RequestId>x</RequestId></ErrorResponse>`;
  return {
    status: status ?? (code === undefined ? throttledStatus : 400),
    headers: isXml
      ? { 'content-type': 'application/xml' }
      : { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': name },
    body: Buffer.from(isXml ? xml : JSON.stringify({ __type: name, message: 'injected' })),
  };
}
