import type { Warning } from '../../config/model/warning.ts';
import type { ExperimentName } from '../../probe/experiments.ts';
import { type KnownBehaviour, knownBehaviour } from '../../probe/known-behaviour.ts';
import { deploymentOf } from '../../probe/probe-record.ts';
import type { Sending } from './request.ts';
import type { Operation, PartTarget, RestoreTools } from './restore-plan.ts';

/** The experiments that must find `kept` for a way of sending to be right. SecureAuth applies a patch to its whole export, so a
 * patch does not depend on what imports do with what they lack. */
const RESTS_ON: Readonly<Record<Exclude<Sending, 'everything'>, readonly ExperimentName[]>> = {
  changes: ['absent-object', 'absent-section', 'absent-workspace', 'absent-settings'],
  patch: ['merge-patch-rest'],
};

/** The same for the changes of the part system. Its import is known to keep what a dump lacks, so that only an observation of the
 * contrary counts. */
const SYSTEM_RESTS_ON = 'system-absent-object' satisfies ExperimentName;

/** Decides what a restore sends, by what is known of the deployment. `everything` is right in any case, and needs no knowledge.
 * @returns `everything` with a warning if a probe found that the asked way does damage; the asked way with a warning if no recent
 * probe says so */
export function assessSending(
  asked: Sending,
  deployment: string,
  { probe, isDue, passedOver }: KnownBehaviour,
): { readonly send: Sending; readonly warnings: readonly Warning[] } {
  if (asked === 'everything') return { send: asked, warnings: [] };
  const found = new Map(probe?.findings.map(({ name, answer }) => [name, answer]));
  const answers = RESTS_ON[asked].map((name) => ({ name, answer: found.get(name) ?? 'unknown' }));
  const contrary = answers.filter(({ answer }) => answer !== 'kept' && answer !== 'unknown');
  if (contrary.length > 0) {
    const why = contrary.map(({ name, answer }) => `${name} ${answer}`).join(', ');
    const message = `send "${asked}" is replaced by "everything": a probe of ${deployment} at ${probe?.at} found ${why}`;
    return { send: 'everything', warnings: [{ code: 'SENDING_REPLACED', message, pointers: [] }] };
  }
  const unknown = answers.filter(({ answer }) => answer === 'unknown').map(({ name }) => name);
  const doubts = [
    ...(unknown.length > 0 ? [`no probe of ${deployment} has observed ${unknown.join(', ')}`] : []),
    ...(unknown.length === 0 && isDue ? [`the last probe of ${deployment} was at ${probe?.at}`] : []),
    ...passedOver.map((key) => `ledger entry ${key} is no record of a probe`),
  ];
  if (doubts.length === 0) return { send: asked, warnings: [] };
  const message = `send "${asked}" rests on behaviour that SecureAuth does not document: ${doubts.join('; ')}`;
  return { send: asked, warnings: [{ code: 'SENDING_UNPROVED', message, pointers: [] }] };
}

/** Decides what a restore sends of the part system.
 * @returns null for the changes, which is the default; else a warning */
export function assessSystemSending(
  deployment: string,
  { probe }: Pick<KnownBehaviour, 'probe'>,
): Warning | null {
  const found = probe?.findings.find(({ name }) => name === SYSTEM_RESTS_ON);
  if (found?.answer !== 'deleted') return null;
  const message = `the part system is sent as a whole: a probe of ${deployment} at ${probe?.at} found ${found.name} ${found.answer}`;
  return { code: 'SENDING_REPLACED', message, pointers: [] };
}

/** Applies `assessSending` and `assessSystemSending` to the targets of an operation. Reads the ledger only if one of them sends a part
 * of what there is. */
export async function settleSending(operation: Operation, tools: RestoreTools): Promise<Operation> {
  const { enrolment, targets } = operation;
  if (!targets.some(isPartial)) return operation;
  const deployment = deploymentOf(enrolment);
  const known = await knownBehaviour(deployment, tools);
  return {
    ...operation,
    targets: targets.map((target): PartTarget => {
      if (!isPartial(target)) return target;
      if (target.part === 'hub') return { ...target, ...assessSending(target.send, deployment, known) };
      const warning = assessSystemSending(deployment, known);
      if (warning === null) return target;
      return { ...target, send: 'everything', warnings: [...(target.warnings ?? []), warning] };
    }),
  };
}

const isPartial = (target: PartTarget): boolean =>
  target.part === 'hub' ? target.send !== 'everything' : target.part === 'system';
