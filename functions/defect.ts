import { isTenantBackupError, TenantBackupError } from './errors.ts';

/** Anything thrown that is not ours is a defect; its message may quote data, so only its kind and place are told. */
export function toTenantBackupError(error: unknown): TenantBackupError {
  if (isTenantBackupError(error)) return error;
  const name = error instanceof Error ? error.name : typeof error;
  const place = error instanceof Error ? placeOf(error) : 'unknown';
  return new TenantBackupError('DEFECT', `unexpected ${name} at ${place}`, { name, place });
}

/** The file, line and column of the first line of the stack that names them. */
function placeOf(error: Error): string {
  for (const line of error.stack?.slice(String(error).length).split('\n') ?? []) {
    const call = line.trim();
    const place = call.slice(
      Math.max(call.lastIndexOf('/'), call.lastIndexOf(' '), call.lastIndexOf('(')) + 1,
    );
    const position = call.startsWith('at ') ? /^[^\s()]+:\d+:\d+/.exec(place)?.[0] : undefined;
    if (position !== undefined) return position;
  }
  return 'unknown';
}
