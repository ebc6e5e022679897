import { describe, expect, test } from 'vitest';
import { type AuditReport, auditReport, parsePreviousReport } from '../../functions/audit/audit-report.ts';
import { dateFindings, type NewFinding } from '../../functions/audit/findings.ts';
import { updateHistory } from '../../functions/audit/history.ts';
import { publishReport } from '../../functions/audit/publish-report.ts';
import { type ErrorCode, TenantBackupError } from '../../functions/errors.ts';
import { SETTINGS as settings } from './report/example-fleet.ts';

const NO_BACKUP: NewFinding = {
  code: 'NO_BACKUP',
  severity: 'alarm',
  tenant: 'acme',
  subject: null,
  message: 'acme has no backup',
  facts: {},
};

type Place = 'history of acme' | 'page' | 'report' | 'topic';

/** A ledger and a topic, some of which refuse. */
function places() {
  const kept = new Map<string, unknown>();
  const messages: string[] = [];
  let refused: ReadonlyMap<Place, ErrorCode> = new Map();
  const order: string[] = [];
  const at = async (place: Place, accept: () => void) => {
    order.push(place);
    const code = refused.get(place);
    if (code !== undefined) throw new TenantBackupError(code, `${place} refused`);
    accept();
  };
  const tools = {
    settings,
    reports: {
      writeHistory: (history: { tenant: string }) =>
        history.tenant === 'acme'
          ? at('history of acme', () => kept.set(history.tenant, history))
          : Promise.resolve(void kept.set(history.tenant, history)),
      writePage: (html: string) => at('page', () => kept.set('page', html)),
      writeReport: (report: AuditReport) => at('report', () => kept.set('report', report)),
    },
    topic: { send: ({ text }: { text: string }) => at('topic', () => messages.push(text)) },
  };
  return {
    kept,
    messages,
    order,
    /** One audit, which finds this. */
    async audit(found: readonly NewFinding[], hours: number, refusing: readonly [Place, ErrorCode][] = []) {
      refused = new Map(refusing);
      order.length = 0;
      const begun = new Date(Date.UTC(2026, 0, 31, hours));
      const previous = parsePreviousReport(kept.get('report'));
      const fleet = ['acme', 'globex'].map((tenant) => ({
        tenant,
        known: null,
        history: updateHistory(tenant, null, [], [], begun),
      }));
      return publishReport(
        {
          fleet,
          previous,
          begun,
          reportWith: (further, messagedAt) =>
            auditReport({
              findings: dateFindings([...found, ...further], previous?.findings ?? [], begun, 8),
              tenants: [],
              keys: [],
              vaultSettings: [],
              messagedAt,
              seconds: 1,
              previous,
              opened: 0,
              unopened: 0,
              now: begun,
            }),
        },
        tools,
      );
    },
    codes: () => (kept.get('report') as AuditReport | undefined)?.findings.map(({ code }) => code),
  };
}

const codesOf = ({ findings }: AuditReport) => findings.map(({ code }) => code);

test('an audit writes histories, page and report before it sends its message', async () => {
  const { audit, order, messages, codes } = places();
  expect(codesOf(await audit([NO_BACKUP], 0))).toEqual(['NO_BACKUP']);
  expect(order).toEqual(['history of acme', 'page', 'report', 'topic', 'report']);
  expect(messages).toHaveLength(1);
  expect(codes()).toEqual(['NO_BACKUP']);
  // Nothing is new.
  await audit([NO_BACKUP], 1);
  expect(order).toEqual(['history of acme', 'page', 'report']);
  expect(messages).toHaveLength(1);
});

describe('a message that the topic does not take', () => {
  test.each<[what: string, code: ErrorCode]>([
    ['SNS is down', 'AWS_UNAVAILABLE'],
    ['the key of the topic is disabled', 'AWS_UNAVAILABLE'],
    ['the role may not', 'AWS_ACCESS_DENIED'],
  ])('is a finding of answer and report, and is sent by the next audit: %s', async (_, code) => {
    const { audit, kept, messages, codes } = places();
    const report = await audit([NO_BACKUP], 0, [['topic', code]]);
    expect(codesOf(report)).toEqual(['NO_BACKUP', 'MESSAGE_UNSENT']);
    expect(report.findings[1]?.message).toContain('topic refused');
    expect(codes()).toEqual(['NO_BACKUP', 'MESSAGE_UNSENT']);
    expect([...kept.keys()].sort()).toEqual(['acme', 'globex', 'page', 'report']);
    expect(codesOf(await audit([NO_BACKUP], 1))).toEqual(['NO_BACKUP']);
    expect(messages).toEqual([expect.stringContaining('NO_BACKUP')]);
    expect(codes()).toEqual(['NO_BACKUP']);
  });

  test('is sent by the next audit although its findings are gone', async () => {
    const { audit, messages } = places();
    await audit([NO_BACKUP], 0, [['topic', 'AWS_UNAVAILABLE']]);
    expect(codesOf(await audit([], 1))).toEqual([]);
    expect(messages).toEqual([expect.stringContaining('found nothing wrong')]);
  });

  test('of an audit that died before it sent is sent by the next one', async () => {
    const { audit, kept, messages, codes } = places();
    await audit([NO_BACKUP], 0, [['topic', 'AWS_UNAVAILABLE']]);
    // The report as the dead audit left it: written before the message.
    expect(codes()).toContain('MESSAGE_UNSENT');
    expect((kept.get('report') as AuditReport).messagedAt).toBeNull();
    await audit([NO_BACKUP], 1);
    expect(messages).toHaveLength(1);
  });
});

describe('what the ledger does not take', () => {
  test.each<[Place]>([['history of acme'], ['page'], ['report']])(
    'is a finding of answer and message, and is written by the next audit: %s',
    async (place) => {
      const { audit, kept, messages } = places();
      const report = await audit([], 0, [[place, 'AWS_UNAVAILABLE']]);
      expect(codesOf(report)).toEqual(['REPORT_UNWRITTEN']);
      expect(report.findings[0]?.message).toContain(`${place} refused`);
      expect(messages).toEqual([expect.stringContaining('REPORT_UNWRITTEN')]);
      expect(kept.has(place.replace('history of ', ''))).toBe(false);
      // The rest is written.
      expect(kept.has('globex')).toBe(true);
      expect(codesOf(await audit([], 1))).toEqual([]);
      expect([...kept.keys()].sort()).toEqual(['acme', 'globex', 'page', 'report']);
    },
  );

  test('together with the topic leaves the answer, which has it all', async () => {
    const { audit, messages, codes } = places();
    const all: [Place, ErrorCode][] = [
      ['history of acme', 'AWS_ACCESS_DENIED'],
      ['page', 'AWS_ACCESS_DENIED'],
      ['report', 'AWS_ACCESS_DENIED'],
      ['topic', 'AWS_UNAVAILABLE'],
    ];
    const report = await audit([NO_BACKUP], 0, all);
    expect(codesOf(report)).toEqual(['NO_BACKUP', 'REPORT_UNWRITTEN', 'MESSAGE_UNSENT']);
    expect(report.findings[1]?.message).toContain('and 2 more');
    expect(codesOf(await audit([NO_BACKUP], 1))).toEqual(['NO_BACKUP']);
    expect(messages).toHaveLength(1);
    expect(codes()).toEqual(['NO_BACKUP']);
  });
});
