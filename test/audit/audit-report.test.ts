import { describe, expect, it } from 'vitest';
import { parseReport } from '../../functions/audit/audit-report.ts';
import { parseFailure } from '../../functions/backup/failure-record.ts';
import { parseDrill } from '../../functions/drill/drill-report.ts';
import { exampleFleet } from './report/example-fleet.ts';

const { report } = exampleFleet(3);
const textOf = (document: unknown): string => JSON.stringify(document);

it('a report is read as it was written', () => {
  expect(parseReport(JSON.parse(textOf(report)))).toEqual(JSON.parse(textOf(report)));
});

describe('what is no report is not shown as one:', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'all is well'],
    ['no members', {}],
    ['that all is well, and no more', { ok: true }],
    ['another format', { ...report, format: 'x' }],
    ['a time that is none', { ...report, auditedAt: 'now' }],
    ['counts that are none', { ...report, counts: { ...report.counts, fresh: '3' } }],
    ['tenants that are none', { ...report, tenants: [null] }],
    ['findings that are none', { ...report, findings: [{ code: 'ALL_IS_WELL' }] }],
  ])('%s', (_, value) => {
    expect(parseReport(value)).toBeNull();
  });
});

describe('records of failures and drills', () => {
  const failure = {
    tenant: 'acme',
    scheduledTime: '2026-01-31T02:00:00Z',
    final: true,
    code: 'EXPORT_MALFORMED',
    message: 'why',
  };
  const next = { final: false, deliveries: 2, maxDeliveries: 5, retryAt: '2026-01-31T02:05:00.000Z' };
  const drill = {
    tenant: 'acme',
    id: '2026-01-31T02:00:00.000Z',
    at: '2026-01-31T02:00:00.000Z',
    into: 'scratch',
    verdict: 'verified',
    compared: 3,
    equal: 3,
    seconds: 1.5,
  };

  it('are read as they were written', () => {
    expect(parseFailure(failure, failure)).toEqual(failure);
    expect(parseFailure({ ...failure, ...next }, failure)).toEqual({ ...failure, ...next });
    expect(parseDrill(drill, 'acme', drill.id)).toEqual(drill);
  });

  it.each<[string, object]>([
    ['of another tenant', { tenant: 'globex' }],
    ['of another time', { scheduledTime: '2026-01-30T02:00:00Z', id: '2026-01-30T02:00:00.000Z' }],
    ['with a code that is none', { code: 'no such code' }],
  ])('%s are none', (_, changes) => {
    expect(parseFailure({ ...failure, ...changes }, failure)).toBeNull();
    expect(parseDrill({ ...drill, ...changes }, 'acme', drill.id)).toBeNull();
  });

  it.each<[string, object]>([
    ['that does not say whether it is final', { final: undefined }],
    ['that says so in another way', { final: 'no' }],
    ['that is not final and says no time', { ...next, retryAt: null }],
    ['that is not final and says a time that is none', { ...next, retryAt: 'soon' }],
    ['that is not final and does not say which try it is', { ...next, deliveries: undefined }],
    ['with a try that is none', { ...next, deliveries: '2\u001b[2K' }],
    ['with a message without end', { message: 'x'.repeat(100_000) }],
  ])('a failure %s is none', (_, changes) => {
    expect(parseFailure({ ...failure, ...changes }, failure)).toBeNull();
  });

  it.each([undefined, null, 'text', [], {}])('%j is none', (document) => {
    expect(parseFailure(document, failure)).toBeNull();
    expect(parseDrill(document, 'acme', drill.id)).toBeNull();
  });
});
