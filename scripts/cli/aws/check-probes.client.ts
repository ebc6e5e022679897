import { type KnownBehaviour, knownBehaviour, PROBE_DAYS } from '../../../functions/probe/known-behaviour.ts';
import { commandText } from '../ui/command-text.ts';
import { hasDrills } from './call-function.ts';
import { type Finding, failed, ok, unknown } from './check-deployment.client.ts';
import type { Deployment } from './deployment.client.ts';
import { openLedger } from './open-ledger.client.ts';

/** Says of each probed deployment of SecureAuth what is unknown or old. Without drills there are no probes. */
export async function checkProbes(deployment: Deployment, now: Date): Promise<Finding[]> {
  if (!(await hasDrills(deployment))) return [];
  const { ledger } = await openLedger(deployment);
  const scratchOf = new Map((await ledger.listAll('probes')).map(({ tenant, id }) => [tenant, id]));
  if (scratchOf.size === 0) {
    return [unknown('probes', '-', 'no deployment was probed', probeText('<scratch tenant>'))];
  }
  const findings: Finding[] = [];
  for (const [probed, scratch] of scratchOf) {
    const known = await knownBehaviour(probed, { ledger, now: () => now });
    findings.push(...assessProbe(probed, known.probe?.scratch ?? scratch, known));
  }
  return findings;
}

const probeText = (scratch: string): string => commandText('tenants', 'probe', scratch);

/** @param scratch enrolled name of the tenant to probe again */
export function assessProbe(
  deployment: string,
  scratch: string,
  { probe, isDue, passedOver }: KnownBehaviour,
): Finding[] {
  const next = probeText(scratch);
  const invalid = passedOver.map((key) =>
    failed('probes', deployment, `ledger entry ${key} is no record of a probe`, next),
  );
  if (probe === null) return [...invalid, unknown('probes', deployment, 'no valid record of a probe', next)];
  const { at, findings, leftBehind } = probe;
  const open = findings.filter(({ answer }) => answer === 'unknown').map(({ name }) => name);
  const day = at.slice(0, 10);
  const text = `probed on ${day}, ${findings.length - open.length} of ${findings.length} questions answered`;
  const left =
    leftBehind.length === 0
      ? []
      : [failed('probes', scratch, `not as before the probe of ${day}: ${leftBehind.length} objects`, next)];
  if (isDue) {
    return [
      ...invalid,
      ...left,
      unknown('probes', deployment, `${text}: more than ${PROBE_DAYS} days ago`, next),
    ];
  }
  if (open.length > 0) {
    return [...invalid, ...left, unknown('probes', deployment, `${text}, not ${open.join(', ')}`, next)];
  }
  return [...invalid, ...left, ok('probes', deployment, text)];
}
