/** Durations and sizes as people read them. */

const DURATIONS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** Formats a duration in the largest unit that fits twice: `90 min`, `36 h`, `12 d`. */
export function showDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [unit, name] = DURATIONS.find(([length]) => seconds >= length * 2) ?? [1, 's'];
  return `${Math.floor(seconds / unit)} ${name}`;
}

/** Formats a size in decimal units: `12.3 MB`. */
export function showBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
