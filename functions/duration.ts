const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** Formats a duration in the largest unit that fits twice: `90 min`, `36 h`, `12 d`. */
export function showDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [unit, name] = UNITS.find(([length]) => seconds >= length * 2) ?? [1, 's'];
  return `${Math.floor(seconds / unit)} ${name}`;
}
