import { AsyncLocalStorage } from 'node:async_hooks';

/** The longest time of one try of a call, with its body: an answer that drips restarts the socket timeout with every byte. */
const TRY_MILLISECONDS = 60_000;

/** Aborted when the calls of the work under way must end. */
const stops = new AsyncLocalStorage<AbortSignal>();

/** Runs work whose calls to AWS end when the signal aborts, and none begins afterwards. Inside other such work, they end with
 * the first signal that aborts. */
export function callingUntil<Result>(stop: AbortSignal, work: () => Result): Result {
  const outer = stops.getStore();
  return stops.run(outer === undefined ? stop : AbortSignal.any([outer, stop]), work);
}

/** What an SDK client sends its requests with. */
interface Sender {
  handle(request: unknown, options?: { readonly abortSignal?: unknown }): unknown;
}

/** Limits every try of a client's calls. */
function limitTries(client: { httpHandler(): unknown }): void {
  const sender = client.httpHandler() as Sender;
  const { handle } = sender;
  sender.handle = (request, options = {}) => {
    const signals = [AbortSignal.timeout(TRY_MILLISECONDS), stops.getStore(), options.abortSignal];
    const abortSignal = AbortSignal.any(signals.filter((each) => each instanceof AbortSignal));
    return handle.call(sender, request, { ...options, abortSignal });
  };
}

/** Settings of every SDK client in the functions. By default the SDK waits for ever on a silent connection, even within a
 * body, until Lambda ends the function. */
export const AWS_PATIENCE = {
  requestHandler: { connectionTimeout: 5_000, socketTimeout: 30_000 },
  extensions: [{ configure: limitTries }],
};
