/** A person's acknowledgement silences one finding, with a name and a reason, and says so to all. */
import { describe, expect, it } from 'vitest';
import { acknowledgeIn } from '../../functions/audit/acknowledge.ts';
import { type PreviousReport, parsePreviousReport } from '../../functions/audit/audit-report.ts';
import { dateFindings, findingId, type NewFinding } from '../../functions/audit/findings.ts';
import { isWorthAMessage, messageOf } from '../../functions/audit/message.ts';
import { parseAuditRequest } from '../../functions/audit/request.ts';
import { exampleFleet } from './report/example-fleet.ts';

const NOW = new Date('2026-01-31T06:17:00Z');
const LATER = new Date('2026-01-31T07:17:00Z');
const replaced: NewFinding = {
  code: 'SECRETS_CHANGED',
  severity: 'alarm',
  tenant: 'acme',
  subject: 'v2',
  message: '20 of 20 credentials were replaced',
  facts: {},
};
const by = 'arn:aws:iam::111122223333:user/alice';
const of = (...findings: NewFinding[]) => ({
  findings: findings.map(findingId),
  reason: 'the yearly rotation',
  by,
});

/** The report of an audit, as the next one reads it. */
const reportOf = (
  found: NewFinding[],
  previous: PreviousReport | null = null,
  now = NOW,
  messagedAt: Date | null = NOW,
): PreviousReport => {
  const report = {
    format: 'tenant-backup-audit',
    formatVersion: 1,
    auditedAt: now.toISOString(),
    messagedAt: messagedAt?.toISOString() ?? null,
    findings: dateFindings(found, previous?.findings ?? [], now, 7),
  };
  return parsePreviousReport(JSON.parse(JSON.stringify(report))) as PreviousReport;
};
const severities = ({ findings }: PreviousReport) => findings.map(({ severity }) => severity);

describe('an acknowledged finding', () => {
  const acknowledged = acknowledgeIn(reportOf([replaced]), of(replaced), LATER);
  const nextAudit = (...found: NewFinding[]) => reportOf(found, acknowledged, LATER);

  it('is known from then on, with name, reason and time', () => {
    const report = reportOf([replaced], nextAudit(replaced), new Date('2026-02-05T00:00:00Z'));
    expect(report.findings).toEqual([
      expect.objectContaining({
        severity: 'known',
        since: NOW.toISOString(),
        acknowledged: { at: LATER.toISOString(), by, reason: 'the yearly rotation' },
      }),
    ]);
  });

  it.each<[string, Partial<NewFinding>]>([
    ['of another version', { subject: 'v3' }],
    ['of another tenant', { tenant: 'globex' }],
    ['of another code', { code: 'MASS_CHANGE' }],
    ['of all tenants', { tenant: null }],
  ])('does not silence one %s', (_, changes) => {
    expect(severities(nextAudit({ ...replaced, ...changes }))).toEqual(['alarm']);
  });

  it('is an alarm again where it was gone in between', () => {
    expect(severities(reportOf([replaced], nextAudit(), LATER))).toEqual(['alarm']);
  });

  it('is sent to all, by name, also where it was the only one', () => {
    const findings = dateFindings([replaced], acknowledged.findings, LATER, 7);
    expect(isWorthAMessage(findings, acknowledged, LATER)).toBe(true);
    const { report } = exampleFleet(1);
    const { subject, text } = messageOf('Stack', { ...report, findings });
    expect(subject).toBe('Stack: every finding about backups is acknowledged');
    expect(text).toContain(`by ${by} at ${LATER.toISOString()}: the yearly rotation`);
    const sent = reportOf([replaced], acknowledged, LATER, LATER);
    const next = dateFindings([replaced], sent.findings, new Date('2026-02-03T00:00:00Z'), 7);
    expect(isWorthAMessage(next, sent, new Date('2026-02-03T00:00:00Z'))).toBe(false);
  });
});

describe('an acknowledgement is refused', () => {
  it.each<[string, PreviousReport | null, NewFinding]>([
    ['before the first audit', null, replaced],
    ['of a finding that the last report lacks', reportOf([replaced]), { ...replaced, subject: 'v9' }],
    ...(['NO_FRESH_BACKUP', 'VAULT_SETTINGS_CHANGED', 'KEY_UNHEALTHY', 'MESSAGE_UNSENT'] as const).map(
      (code): [string, PreviousReport, NewFinding] => [
        `of ${code}, which only a remedy ends`,
        reportOf([{ ...replaced, code }]),
        { ...replaced, code },
      ],
    ),
  ])('%s', (_, previous, finding) => {
    expect(() => acknowledgeIn(previous, of(finding), NOW)).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    );
  });

  it.each<[string, object]>([
    ['without a reason', { reason: '' }],
    ['with a blank reason', { reason: '   ' }],
    ['with a reason of two lines', { reason: 'a\nALARM b' }],
    ['with a reason that colours a terminal', { reason: `${String.fromCharCode(27)}[31m` }],
    ['with a reason that turns the text around', { reason: 'a\u202eb' }],
    ['without a name', { by: undefined }],
    ['of no finding', { findings: [] }],
    ['of an id that is none', { findings: ['../x'] }],
    ['with an unknown field', { forever: true }],
  ])('%s', (_, changes) => {
    expect(() => parseAuditRequest({ acknowledge: { ...of(replaced), ...changes } })).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    );
  });

  it('but not with words of any language', () => {
    const request = { acknowledge: { ...of(replaced), reason: 'geprüft – alles gut 监' } };
    expect(parseAuditRequest(request)).toEqual(request);
  });
});
