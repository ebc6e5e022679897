import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dateFindings, findingCodes, type NewFinding } from '../../functions/audit/findings.ts';
import { isWorthAMessage, messageOf } from '../../functions/audit/message.ts';

const NOW = new Date('2026-01-31T06:17:00Z');
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000).toISOString();

const stale: NewFinding = {
  code: 'NO_FRESH_BACKUP',
  severity: 'alarm',
  tenant: 'acme',
  subject: null,
  message: 'too old',
  facts: {},
};
const broken: NewFinding = { ...stale, code: 'BACKUP_BROKEN', subject: 'v1' };
const date = (found: NewFinding[], previous: Parameters<typeof dateFindings>[1] = []) =>
  dateFindings(found, previous, NOW, 7);
const dated = (finding: NewFinding, hours: number) => ({ ...finding, since: hoursAgo(hours) });
const previous = (findings: readonly { since: string }[], messagedAt: string | null) =>
  ({
    format: 'tenant-backup-audit',
    formatVersion: 1,
    auditedAt: hoursAgo(1),
    messagedAt,
    findings,
  }) as unknown as Parameters<typeof isWorthAMessage>[1];

describe('findings', () => {
  it('keep the time at which they were found first, and get a new one when they come again', () => {
    expect(date([stale], [dated(stale, 5)])[0]?.since).toBe(hoursAgo(5));
    expect(date([stale])[0]?.since).toBe(NOW.toISOString());
    expect(date([{ ...stale, tenant: 'globex' }], [dated(stale, 5)])[0]?.since).toBe(NOW.toISOString());
  });

  it('become known after a while if they are about the past, and never otherwise', () => {
    expect(date([broken], [dated(broken, 7 * 24 - 1)])[0]?.severity).toBe('alarm');
    expect(date([broken], [dated(broken, 7 * 24)])[0]?.severity).toBe('known');
    expect(date([stale], [dated(stale, 700)])[0]?.severity).toBe('alarm');
  });

  it('are listed once each, alarms first', () => {
    const warning: NewFinding = { ...stale, code: 'BACKUP_FAILED', severity: 'warning', tenant: 'a' };
    const codes = date([warning, stale, stale, broken]).map(({ code }) => code);
    expect(codes).toEqual(['NO_FRESH_BACKUP', 'BACKUP_BROKEN', 'BACKUP_FAILED']);
  });

  it('are all documented where they are declared, and in the description of the audit', () => {
    const source = readFileSync(new URL('../../functions/audit/findings.ts', import.meta.url), 'utf8');
    const description = readFileSync(new URL('../../docs/AUDIT.md', import.meta.url), 'utf8');
    for (const code of findingCodes) {
      expect(source, code).toMatch(new RegExp(`/\\*\\* [^\\n]+\\*/\\n {2}${code}: '`));
      expect(description, code).toContain(`\`${code}\``);
    }
  });
});

describe('a message', () => {
  it('is sent for what is new, again after a day, and when all is well again', () => {
    const open = date([stale], [dated(stale, 5)]);
    expect(isWorthAMessage(date([stale]), previous([], null), NOW)).toBe(true);
    expect(isWorthAMessage(open, previous([dated(stale, 5)], hoursAgo(5)), NOW)).toBe(false);
    expect(isWorthAMessage(open, previous([dated(stale, 5)], hoursAgo(24)), NOW)).toBe(true);
    expect(isWorthAMessage([], previous([dated(stale, 5)], hoursAgo(5)), NOW)).toBe(true);
    expect(isWorthAMessage([], previous([], hoursAgo(5)), NOW)).toBe(false);
    expect(isWorthAMessage([], null, NOW)).toBe(false);
  });

  it('is not sent for what is known', () => {
    const known = date([broken], [dated(broken, 200)]);
    const seen = { ...dated(broken, 200), severity: 'known' };
    expect(isWorthAMessage(known, previous([seen as typeof seen & { since: string }], null), NOW)).toBe(
      false,
    );
  });

  it('names tenant, code and section, fits into a subject of SNS, and does not grow without bound', () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ ...stale, tenant: `tenant-${index}` }));
    const report = {
      findings: date(many),
      auditedAt: NOW.toISOString(),
      counts: { fresh: 0, tenants: 5000, paused: 0, withoutFreshBackup: 5000 },
    };
    const { subject, text } = messageOf('TenantBackup', report as never);
    expect(subject).toMatch(/^[\x20-\x7e]{1,100}$/);
    expect(text).toContain('ALARM NO_FRESH_BACKUP tenant-0: too old');
    expect(text).toContain('docs/RUNBOOK.md#no-fresh-backup');
    expect(text).toContain('and 4960 more');
    expect(text.length).toBeLessThan(256 * 1024);
  });
});
