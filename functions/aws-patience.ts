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

/** Returns an extension of a client that limits every try of its calls.
 * @param milliseconds of one try */
const limitTries = (milliseconds: number) => (client: { httpHandler(): unknown }) => {
  const sender = client.httpHandler() as Sender;
  const { handle } = sender;
  sender.handle = async (request, options = {}) => {
    const limit = AbortSignal.timeout(milliseconds);
    const stopped = [stops.getStore(), options.abortSignal].filter((each) => each instanceof AbortSignal);
    try {
      return await handle.call(sender, request, {
        ...options,
        abortSignal: AbortSignal.any([limit, ...stopped]),
      });
    } catch (error) {
      if (!limit.aborted || stopped.some(({ aborted }) => aborted)) throw error;
      // The SDK repeats a TimeoutError, and never an AbortError.
      throw Object.assign(new Error('the try took too long', { cause: error }), { name: 'TimeoutError' });
    }
  };
};

/** Returns settings of an SDK client. By default the SDK waits for ever on a silent connection, even within a body, until
 * Lambda ends the function.
 * @param tryMilliseconds the longest time of one try */
export const patienceOf = (tryMilliseconds: number) => ({
  requestHandler: { connectionTimeout: 5_000, socketTimeout: 30_000 },
  extensions: [{ configure: limitTries(tryMilliseconds) }],
});

/** Settings of every SDK client in the functions. */
export const AWS_PATIENCE = patienceOf(TRY_MILLISECONDS);
