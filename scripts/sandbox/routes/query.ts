import { ApiError } from './errors.ts';

export type Query = Readonly<Record<string, string | string[] | undefined>>;

/** The one value of a query parameter; undefined when it is absent.
 * @throws ApiError 400 when it is given more than once
 */
export function one(query: Query, name: string): string | undefined {
  const value = query[name];
  if (Array.isArray(value)) throw new ApiError(400, 'bad_request', `query ${name} must be given once`);
  return value;
}

/** @returns `fallback` when the parameter is absent
 * @throws ApiError 400 for a value that is not in `values`
 */
export function oneOf<Value extends string>(
  query: Query,
  name: string,
  values: readonly Value[],
  fallback: Value,
): Value {
  const given = one(query, name) ?? fallback;
  const value = values.find((candidate) => candidate === given);
  if (value === undefined) {
    throw new ApiError(400, 'bad_request', `query ${name} must be one of ${values.join(', ')}, got ${given}`);
  }
  return value;
}

export const flag = (query: Query, name: string): boolean =>
  oneOf(query, name, ['true', 'false'], 'false') === 'true';
