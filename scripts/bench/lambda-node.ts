/** How Lambda starts Node for a function of so much memory: a twentieth for each half of the young generation, and nine tenths
 * for the old one. Without them V8 goes by the memory of the machine.
 * @returns arguments of `node` */
export function lambdaNodeArguments(memoryMegabytes: number): string[] {
  const young = Math.floor(memoryMegabytes / 10);
  return [
    `--max-semi-space-size=${Math.floor(young / 2)}`,
    `--max-old-space-size=${memoryMegabytes - young}`,
  ];
}
