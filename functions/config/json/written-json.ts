/** Parses JSON that people write, and refuses what a parser would silently change. */
import { findDuplicateMember } from '../../duplicate-members.ts';
import { type ErrorCode, isTenantBackupError, TenantBackupError } from '../../errors.ts';
import { isContainer, isRawNumber, type Json, type JsonObject, parseJson } from './json.ts';
import { childPointer } from './pointer.ts';

/** Parses a JSON text without loss: see `parseJson`.
 * @param what names the text in messages
 * @throws INVALID_REQUEST, or the code, without any value of the text: if it is not JSON, or names a member twice */
export function parseWrittenJson(text: string, what: string, code: ErrorCode = 'INVALID_REQUEST'): Json {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    const reason = isTenantBackupError(error) ? error.message : 'not json';
    throw new TenantBackupError(code, `${what} must be JSON: ${reason}`);
  }
  const twice = findDuplicateMember(text);
  if (twice === null) return value;
  throw new TenantBackupError(code, `${what} must name each member once, has ${twice} twice`);
}

/** Requires that every number still has the digits that somebody wrote. It may not if it passed through a double: with 16
 * digits or more, or beyond 2^53.
 * @throws INVALID_REQUEST naming the first other number by its JSON Pointer */
export function requireExactNumbers(value: Json, what: string): void {
  const stack: (readonly [pointer: string, value: Json])[] = [['', value]];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [pointer, inner] = next;
    if (isRawNumber(inner) || (typeof inner === 'number' && mayBeInexact(inner))) {
      throw new TenantBackupError(
        'INVALID_REQUEST',
        `${what} must have numbers of at most 15 digits, has a longer one at ${pointer || '/'}: send it as text`,
      );
    }
    if (!isContainer(inner)) continue;
    for (const [name, member] of Object.entries<Json>(inner as JsonObject).reverse()) {
      stack.push([childPointer(pointer, name), member]);
    }
  }
}

const mayBeInexact = (value: number): boolean =>
  Number.isInteger(value) ? !Number.isSafeInteger(value) : Number(value.toPrecision(15)) !== value;
