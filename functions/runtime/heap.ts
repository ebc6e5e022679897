import { setFlagsFromString } from 'node:v8';

/** Keep V8's young generation as small as it is when a function has been loaded. An export passes through it workspace by
 * workspace, and of a large young generation much garbage is taken for old by mistake: with this, a backup of 100 MB takes
 * half the memory (`npm run bench -- seal`).
 *
 * Set here, as Lambda starts Node with a young generation of a tenth of the function's memory, on the command line, which
 * overrules NODE_OPTIONS. V8 looks at the factor whenever the generation would grow. */
export const keepYoungGenerationSmall = (): void => setFlagsFromString('--semi-space-growth-factor=1');

/** Let garbage be at most a third of what is in use before it is collected. V8 else waits until the old generation has grown to a
 * multiple of what is in use, as if all of the function's memory were its own: whoever holds trees of a large tenant holds its
 * exports beside them, outside of V8's heap. Costs time where there is much to look through, and none to speak of otherwise. */
export const collectEarly = (): void => setFlagsFromString('--heap-growing-percent=30');
