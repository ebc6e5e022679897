import { setFlagsFromString } from 'node:v8';

/** Keep V8's young generation as small as it is when a function has been loaded. An export passes through it workspace by
 * workspace, and of a large young generation much garbage is taken for old by mistake: with this, a backup of 100 MB takes
 * half the memory (`npm run bench -- seal`).
 *
 * Set here, as Lambda starts Node with a young generation of a tenth of the function's memory, on the command line, which
 * overrules NODE_OPTIONS. V8 looks at the factor whenever the generation would grow. */
export const keepYoungGenerationSmall = (): void => setFlagsFromString('--semi-space-growth-factor=1');
