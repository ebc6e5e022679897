import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';

/** A request of this process, from its sending to the end of its answer. */
export interface TracedRequest {
  /** `GetSecretValue`, `PUT /bucket/key`, `GET /api/hub/acme/promote/config`. */
  readonly what: string;
  readonly startedAt: number;
  /** Missing as long as there is no answer. */
  endedAt?: number;
}

/** Note every request that this process sends, all of them by Node's own client. */
export function traceRequests(): { readonly requests: readonly TracedRequest[]; stop(): void } {
  const requests: TracedRequest[] = [];
  const open = new Map<object, TracedRequest>();
  const begin = (key: object, what: string) => {
    const traced: TracedRequest = { what, startedAt: performance.now() };
    requests.push(traced);
    open.set(key, traced);
  };
  const end = (key: object) => {
    const traced = open.get(key);
    if (traced) traced.endedAt = performance.now();
  };
  const listeners: readonly (readonly [string, (message: unknown) => void])[] = [
    [
      'http.client.request.start',
      (message) => {
        const { request } = message as { request: ClientRequest };
        const target = String(request.getHeader('x-amz-target') ?? '')
          .split('.')
          .at(-1);
        begin(request, target || `${request.method} ${request.path}`);
      },
    ],
    [
      'http.client.response.finish',
      (message) => {
        const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
        // Which are its headers.
        response.once('close', () => end(request));
      },
    ],
  ];
  for (const [channel, listener] of listeners) subscribe(channel, listener);
  return {
    requests,
    stop() {
      for (const [channel, listener] of listeners) unsubscribe(channel, listener);
    },
  };
}

/** The requests that had to be waited for one after the other: from the last one backwards, always the one that ended last before
 * the other was sent. What ended earlier was ready by then, and what was under way meanwhile was not waited for. */
export function criticalPath(requests: readonly TracedRequest[]): string[] {
  const path: string[] = [];
  let at = latestOf(requests.filter(({ endedAt }) => endedAt !== undefined));
  while (at !== undefined) {
    path.unshift(at.what);
    const { startedAt } = at;
    at = latestOf(requests.filter(({ endedAt }) => endedAt !== undefined && endedAt <= startedAt));
  }
  return path;
}

const latestOf = (requests: readonly TracedRequest[]): TracedRequest | undefined =>
  requests.reduce<TracedRequest | undefined>(
    (latest, each) => ((each.endedAt ?? 0) > (latest?.endedAt ?? -1) ? each : latest),
    undefined,
  );
