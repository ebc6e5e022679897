import { parseDrill, type ShownDrill } from '../../../../functions/drill/drill-report.ts';
import { mapLimited } from '../../../../functions/map-limited.ts';
import type { Ledger } from '../../../../functions/vault/storage/ledger.client.ts';
import { green, red, table, yellow } from '../../ui/output.ts';
import { showMeasured, showTimeAndAge } from '../../ui/times.ts';

const REQUESTS = 8;

/** Reads the last drill of each tenant, the latest first. */
export async function lastDrills(ledger: Pick<Ledger, 'listAll' | 'read'>): Promise<ShownDrill[]> {
  const seen = new Set<string>();
  const last = (await ledger.listAll('drills')).filter(({ tenant }) => {
    if (seen.has(tenant)) return false;
    seen.add(tenant);
    return true;
  });
  const found = await mapLimited(last, REQUESTS, async ({ tenant, id }) =>
    parseDrill((await ledger.read('drills', tenant, id))?.document, tenant, id),
  );
  return found.filter((drill) => drill !== null);
}

/** Returns a table of drills; empty without drills. */
export const drillsText = (drills: readonly ShownDrill[], now: Date): string[] =>
  drills.length === 0
    ? []
    : [
        '',
        ...table(
          ['DRILLED', 'WHEN', 'VERDICT', 'EQUAL', 'RECOVERY TIME', 'INTO'],
          drills.map((each) => [
            each.tenant,
            showTimeAndAge(new Date(each.at), now),
            verdict(each),
            `${each.equal} of ${each.compared}`,
            each.seconds === null ? '-' : showMeasured(each.seconds),
            each.into,
          ]),
        ),
      ];

const verdict = ({ verdict, code }: ShownDrill): string => {
  if (verdict === 'verified') return green(verdict);
  const text = code === undefined ? verdict : `${verdict}: ${code}`;
  return verdict === 'failed' ? red(text) : yellow(text);
};
