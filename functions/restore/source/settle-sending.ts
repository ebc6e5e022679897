import type { Warning } from '../../config/model/warning.ts';
import type { ExperimentName } from '../../probe/experiments.ts';
import { type KnownBehaviour, knownBehaviour } from '../../probe/known-behaviour.ts';
import { deploymentOf } from '../../probe/probe-record.ts';
import type { Sending } from './request.ts';
import type { HubTarget, Operation, PartTarget, RestoreTools } from './restore-plan.ts';

/** The experiments that must find `kept` for a way of sending to be right. SecureAuth applies a patch to its whole export, so a
 * patch does not depend on what imports do with what they lack. */
const RESTS_ON: Readonly<Record<Exclude<Sending, 'everything'>, readonly ExperimentName[]>> = {
  changes: ['absent-object', 'absent-section', 'absent-workspace', 'absent-settings'],
  patch: ['merge-patch-rest'],
};

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

/** Applies `assessSending` to the hub of an operation. Reads the ledger only if the operation does not send everything. */
export async function settleSending(operation: Operation, tools: RestoreTools): Promise<Operation> {
  const asked = operation.targets.find(isPartial)?.send;
  if (asked === undefined) return operation;
  const deployment = deploymentOf(operation.enrolment);
  const settled = assessSending(asked, deployment, await knownBehaviour(deployment, tools));
  return {
    ...operation,
    targets: operation.targets.map((target) => (isPartial(target) ? { ...target, ...settled } : target)),
  };
}

const isPartial = (target: PartTarget): target is HubTarget =>
  target.part === 'hub' && target.send !== 'everything';
