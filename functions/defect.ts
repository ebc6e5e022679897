import { isTenantBackupError, TenantBackupError } from './errors.ts';

/** Returns the error itself if it is ours, else a DEFECT. A foreign message may quote data, so the DEFECT names only the
 * error's class and place. */
export function toTenantBackupError(error: unknown): TenantBackupError {
  if (isTenantBackupError(error)) return error;
  const name = error instanceof Error ? error.name : typeof error;
  const place = error instanceof Error ? placeOf(error) : 'unknown';
  return new TenantBackupError('DEFECT', `unexpected ${name} at ${place}`, { name, place });
}

/** Returns the file, line and column from the first stack line that names them. */
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
