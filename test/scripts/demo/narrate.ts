/** A story of one step, by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createNarrator } from '../../../scripts/terminal/narrator.ts';

await createNarrator().step('a step', async (report) => {
  await sleep(300);
  report('the second half');
  await sleep(300);
});
