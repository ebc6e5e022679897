import type { Json } from '../json.ts';
import { PatchError } from '../state/patch.ts';
import type { Problem } from '../state/validate.ts';
import { ApiError } from './errors.ts';

/** JSON whatever the content type says, or whether there is one: the vendor's own scripts send none.
 * @throws ApiError 400
 */
export function parseJson(body: Buffer | undefined): Json {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as Json;
  } catch {
    throw new ApiError(400, 'bad_request', 'the body must be JSON in UTF-8');
  }
}

/** Refuses an invalid document.
 * @throws ApiError naming the first problem, with the first hundred as details
 */
export function refuse(
  message: string,
  problems: readonly Problem[],
  status = 422,
  errorCode = 'unprocessable_entity',
): void {
  const [first] = problems;
  if (first === undefined) return;
  const details = { problems: problems.slice(0, 100).map((problem) => ({ ...problem })) };
  throw new ApiError(status, errorCode, `${message}: ${first.pointer || '/'}: ${first.problem}`, details);
}

/** @throws ApiError 400 for a patch that is none; 422 for one that the document does not fit */
export function asApiError<Result>(patch: () => Result): Result {
  try {
    return patch();
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    if (error.reason === 'malformed') throw new ApiError(400, 'bad_request', `patch: ${error.message}`);
    throw new ApiError(422, 'unprocessable_entity', `patch: ${error.message}`);
  }
}
