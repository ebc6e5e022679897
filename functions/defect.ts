import { isTenantBackupError, TenantBackupError } from './errors.ts';

/** Anything thrown that is not ours is a defect; its message may quote data, so only its kind and place are told. */
export function toTenantBackupError(error: unknown): TenantBackupError {
  if (isTenantBackupError(error)) return error;
  const name = error instanceof Error ? error.name : typeof error;
  const place = error instanceof Error ? placeOf(error) : 'unknown';
  return new TenantBackupError('DEFECT', `unexpected ${name} at ${place}`, { name, place });
}

/** The first line of the stack that names a position. */
const placeOf = (error: Error): string =>
  /^\s*at .*?([^/\s(]+:\d+:\d+)\)?$/m.exec(error.stack?.slice(String(error).length) ?? '')?.[1] ?? 'unknown';
