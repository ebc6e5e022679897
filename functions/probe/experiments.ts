import { ABSENCE } from './absence-experiments.ts';
import { CREDENTIALS } from './credential-experiments.ts';
import type { Experiment } from './experiment.ts';
import { READING } from './reading-experiments.ts';
import { WRITING } from './writing-experiments.ts';

/** All experiments, in the order in which they run. The first one tells whether the others can. */
export const EXPERIMENTS = [
  ...READING,
  ...ABSENCE,
  ...WRITING,
  ...CREDENTIALS,
] as const satisfies readonly Experiment[];

export type ExperimentName = (typeof EXPERIMENTS)[number]['name'];
