import { describe, expect, it } from 'vitest';
import { fleetPage } from '../../../functions/audit/report/fleet-page.ts';
import { duration } from '../../../functions/audit/report/html.ts';
import { daysBefore, nightsOf } from '../../../functions/audit/report/nights.ts';
import { showBytes } from '../../../functions/units.ts';
import { exampleFleet, NOW, SETTINGS } from './example-fleet.ts';

const MEGABYTE = 1_000_000;

describe('the page', () => {
  it.each([
    [50, 0.25],
    [50, 1],
  ])(
    'of %i tenants and 90 nights, with changes in a share of %d of them, is under 2 megabytes',
    (tenants, busy) => {
      const size = Buffer.byteLength(fleetPage(exampleFleet(tenants, busy)));
      expect(size).toBeGreaterThan(MEGABYTE / 2);
      expect(size).toBeLessThan(2 * MEGABYTE);
    },
  );

  it('of a fleet of thousands shows those that need a person first, and does not grow with the rest', () => {
    const fleet = exampleFleet(400);
    const html = fleetPage({ ...fleet, maxTenants: 20 });
    expect(html).toContain('380 further tenants not shown');
    expect(html.length).toBeLessThan(MEGABYTE);
    const rows = [...html.matchAll(/<th scope="row"><a href="#t\d+">([^<]+)</g)].map(([, name]) => name);
    expect(rows).toHaveLength(20);
    expect(rows.slice(0, 3).sort()).toEqual(['globex', 'initech', 'tyrell']);
  });

  it('is the same for the same input', () => {
    expect(fleetPage(exampleFleet(5))).toBe(fleetPage(exampleFleet(5)));
  });

  it('says so when all is well, and when there is nobody', () => {
    const { report, ...rest } = exampleFleet(1);
    expect(fleetPage({ report, ...rest })).toContain('The tenant is safe.');
    const none = { ...report, tenants: [], findings: [], counts: { ...report.counts, tenants: 0, fresh: 0 } };
    expect(fleetPage({ ...rest, report: none, histories: [] })).toContain('No tenant is enrolled.');
  });
});

describe('nights', () => {
  const dates = daysBefore('2026-03-31T06:17:00Z', 90);

  it('are the days in UTC until that of the audit', () => {
    expect(dates).toHaveLength(90);
    expect([dates[0], dates.at(-1)]).toEqual(['2026-01-01', '2026-03-31']);
  });

  it('are taken, late, broken, failed or missing as the history says', () => {
    const { histories } = exampleFleet(12);
    const stateOf = (tenant: string, date: string, limit: number | null = 26) => {
      const history = histories.find((each) => each.tenant === tenant);
      if (!history) throw new Error(`no ${tenant}`);
      return nightsOf(history, limit, SETTINGS, dates, NOW).find((night) => night.date === date)?.state;
    };
    expect(stateOf('acme', '2026-03-31')).toBe('taken');
    expect(stateOf('globex', '2026-03-31')).toBe('failed');
    expect(stateOf('globex', '2026-03-22')).toBe('late');
    expect(stateOf('tyrell', '2026-03-29')).toBe('broken');
    expect(stateOf('tyrell', '2026-03-11')).toBe('missed');
    // Nothing was due there.
    expect(stateOf('tyrell', '2026-03-11', 7 * 24)).toBe('none');
    expect(stateOf('tyrell', '2026-03-11', null)).toBe('none');
  });
});

describe('numbers', () => {
  it.each([
    [0, '0 B'],
    [1536, '1.5 kB'],
    [250_000, '250 kB'],
    [5_000_000_000, '5.0 GB'],
  ])('%i is %s', (value, text) => {
    expect(showBytes(value)).toBe(text);
  });

  it.each([
    [5, '5 s'],
    [3599, '59 min'],
    [3600, '1 h'],
    [93_600, '26 h'],
    [187_200, '2 days 4 h'],
  ])('%i seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
