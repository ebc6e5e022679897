/** The words of findings. */
import { isBlank } from '../config/json/blank.ts';
import { canonicalJson } from '../config/json/canonical-json.ts';
import type { Json } from '../config/json/json.ts';
import type { Finding, ProbeAnswer, Scene } from './experiment.ts';
import { clientName } from './probe-workspace.ts';

type Judged = Omit<Finding, 'name'>;

/** Tells whether the tenant took a request. */
export const isTaken = ({ status }: ProbeAnswer): boolean => status >= 200 && status < 300;

/** Describes an answer: status, and the code if it has one. */
export const describeAnswer = ({ status, code }: ProbeAnswer): string =>
  [status === 0 ? 'no answer' : `status ${status}`, ...(code === null ? [] : [`(${code})`])].join(' ');

export const describeLast = (answers: readonly ProbeAnswer[]): string | null => {
  const last = answers.at(-1);
  return last === undefined ? null : describeAnswer(last);
};

export const plain = (answer: string): Judged => ({ answer, detail: null });

export const unknown = (detail: string): Judged => ({ answer: 'unknown', detail });

/** Tells whether an object is still there. */
export const kept = (object: Json | undefined): Judged => plain(object === undefined ? 'deleted' : 'kept');

/** Tells whether the sent client was overwritten, and how the tenant answered. */
export const written = (before: Scene, after: Scene, answers: readonly ProbeAnswer[]): Judged => ({
  answer: clientName(before) === clientName(after) ? 'kept' : 'overwritten',
  detail: describeLast(answers),
});

/** Tells whether a credential is the same as before. */
export function generated(before: Json | undefined, after: Json | undefined): Judged {
  if (isBlank(before)) return unknown('there was none before');
  if (isBlank(after)) return plain('blank');
  const [was, is] = [before, after].map((value) => canonicalJson(value ?? null));
  return plain(was === is ? 'kept' : 'generated');
}
