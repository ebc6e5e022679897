import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findingCodes, sectionOf } from '../../functions/audit/findings.ts';
import { parseAuditSettings } from '../../functions/audit/settings.ts';
import { EnvironmentName, MetricName } from '../../functions/runtime/names.ts';
import { longestPause } from '../../infra/schedules/schedule-age.ts';
import { scheduleExpressionProblem } from '../../infra/schedules/schedule-expression.ts';
import { auditExpression } from '../../infra/verbs/audit.ts';
import { logicalId, propertiesOf, resourcesOf, synthesize } from './synthesize.ts';

const template = synthesize();
const topic = { Ref: logicalId(template, 'AWS::SNS::Topic', 'AlarmTopic') };

interface AlarmProperties {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly MetricName?: string;
  readonly Namespace?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly TreatMissingData: string;
  readonly AlarmActions: readonly unknown[];
  readonly Period?: number;
}
const alarms = Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm')).map(
  ({ Properties }) => Properties as unknown as AlarmProperties,
);
const alarm = (name: string): AlarmProperties => {
  const found = alarms.find(({ AlarmName }) => AlarmName === `TenantBackup-${name}`);
  if (!found) throw new Error(`no alarm ${name}`);
  return found;
};

/** Anchors of a Markdown file's headings, as code hosts make them. */
const anchors = new Set(
  [...readFileSync(new URL('../../docs/RUNBOOK.md', import.meta.url), 'utf8').matchAll(/^#+ (.*)$/gm)].map(
    ([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
  ),
);
const sectionsIn = (text: string): string[] =>
  [...text.matchAll(/docs\/RUNBOOK\.md#([a-z0-9-]+)/g)].map(([, section = '']) => section);

describe('alarms', () => {
  it('each name a section of the runbook that exists, and tell the topic, also when they end', () => {
    expect(alarms.length).toBeGreaterThan(10);
    for (const { AlarmName, AlarmDescription, AlarmActions, ...rest } of alarms) {
      const sections = sectionsIn(AlarmDescription);
      expect(sections, AlarmName).toHaveLength(1);
      expect(anchors, AlarmName).toContain(sections[0]);
      expect(AlarmActions, AlarmName).toEqual([topic]);
      expect(rest, AlarmName).toMatchObject({ OKActions: [topic] });
    }
  });

  it.each([
    ['NoFreshBackup', 'TenantsWithoutFreshBackup'],
    ['AuditSilent', 'Audits'],
    ['BackupsLost', 'BackupsLost'],
    ['SuspiciousBackups', 'SuspiciousBackups'],
    ['KeysUnhealthy', 'KeysUnhealthy'],
    ['VaultSettingsChanged', 'VaultSettingsChanged'],
  ])('%s looks at what the audit counts, and takes silence for the worst', (name, metric) => {
    expect(alarm(name)).toMatchObject({
      MetricName: metric,
      TreatMissingData: 'breaching',
      Threshold: 1,
      Period: 3600,
    });
    expect(Object.values<string>(MetricName)).toContain(metric);
  });

  it('look at the audit as often as it runs', () => {
    const daily = synthesize({ audit: { everyHours: 24 } });
    expect(propertiesOf(daily, 'AWS::CloudWatch::Alarm', 'AlarmsNoFreshBackup')).toMatchObject({
      Period: 86_400,
    });
    expect(propertiesOf(daily, 'AWS::Scheduler::Schedule', 'AuditSchedule')).toMatchObject({
      ScheduleExpression: 'cron(17 5 * * ? *)',
    });
    expect(propertiesOf(template, 'AWS::Scheduler::Schedule', 'AuditSchedule')).toMatchObject({
      ScheduleExpression: 'cron(17 0/1 * * ? *)',
      Target: { Arn: { 'Fn::GetAtt': [logicalId(template, 'AWS::Lambda::Function', 'Audit'), 'Arn'] } },
    });
  });

  it.each([1, 2, 3, 4, 6, 8, 12, 24])(
    '%s hours between audits are what EventBridge keeps every day',
    (hours) => {
      const today = new Date('2026-11-30');
      const expression = auditExpression(hours);
      expect(scheduleExpressionProblem(expression, today)).toBeNull();
      expect(longestPause({ expression, timeZone: 'Etc/UTC' }, today)?.hours).toBe(hours);
    },
  );

  it('cover both dead-letter queues, the wait in every lane, and errors and throttles of every function', () => {
    const laned = synthesize({ lanes: [{ name: 'big', maximumConcurrency: 2 }] });
    const queueOf = (name: string) => {
      const { Dimensions } = propertiesOf(
        laned,
        'AWS::CloudWatch::Alarm',
        `Alarms${name}`,
      ) as unknown as AlarmProperties;
      return Dimensions?.map(({ Value }) => Value);
    };
    const nameOf = (queue: string) => ({
      'Fn::GetAtt': [logicalId(laned, 'AWS::SQS::Queue', queue), 'QueueName'],
    });
    expect(queueOf('DeadLetters')).toEqual([nameOf('BackupQueueDeadLetterQueue')]);
    expect(queueOf('UndeliveredSchedules')).toEqual([nameOf('SchedulesUndelivered')]);
    expect(queueOf('RequestsWaitbig')).toEqual([nameOf('BackupQueueLanebig')]);
    expect(alarm('RequestsWait')).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      Threshold: 7200,
    });
    const verbs = ['dispatch', 'backup', 'plan', 'status', 'audit'];
    for (const verb of verbs) expect(alarm(`Errors-${verb}`)).toMatchObject({ MetricName: 'Errors' });
    for (const verb of [...verbs, 'restore'])
      expect(alarm(`Throttles-${verb}`)).toMatchObject({ MetricName: 'Throttles' });
    expect(alarms.filter(({ Namespace }) => Namespace === 'AWS/Lambda')).toHaveLength(2 * verbs.length + 2);
    expect(alarm('RestoreFailed')).toMatchObject({ MetricName: 'Errors', Namespace: 'AWS/Lambda' });
  });
});

describe('findings', () => {
  it.each(findingCodes)('%s has a section in the runbook', (code) => {
    expect(anchors).toContain(sectionOf(code));
  });
});

describe('topic', () => {
  it('is encrypted under a key that alarms and events may use, and refuses plain HTTP', () => {
    const key = logicalId(template, 'AWS::KMS::Key', 'AlarmTopicKey');
    expect(propertiesOf(template, 'AWS::SNS::Topic', 'AlarmTopic')).toMatchObject({
      KmsMasterKeyId: { 'Fn::GetAtt': [key, 'Arn'] },
    });
    const text = JSON.stringify(propertiesOf(template, 'AWS::KMS::Key', 'AlarmTopicKey')['KeyPolicy']);
    for (const service of ['cloudwatch.amazonaws.com', 'events.amazonaws.com'])
      expect(text).toContain(service);
    const policy = JSON.stringify(propertiesOf(template, 'AWS::SNS::TopicPolicy', 'AlarmTopic'));
    expect(policy).toContain('"aws:SecureTransport":"false"');
  });

  it('sends mail where the settings name somebody', () => {
    expect(resourcesOf(template, 'AWS::SNS::Subscription')).toEqual({});
    synthesize({ alarmEmail: 'backups@bank.example' }).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'backups@bank.example',
      TopicArn: topic,
    });
  });
});

describe('dashboard', () => {
  it('shows every alarm, and metrics of the audit by names that there are', () => {
    const body = JSON.stringify(propertiesOf(template, 'AWS::CloudWatch::Dashboard', 'Dashboard'));
    for (const id of Object.keys(resourcesOf(template, 'AWS::CloudWatch::Alarm'))) expect(body).toContain(id);
    const shown = [...body.matchAll(/TenantBackup\\\\?",\\\\?"([A-Za-z]+)/g)].map(([, name]) => name);
    expect(shown.length).toBeGreaterThan(8);
    for (const name of shown) expect(Object.values<string>(MetricName)).toContain(name);
  });
});

describe('the audit', () => {
  it('judges by the settings that were deployed', () => {
    const other = synthesize({
      stackName: 'Trial',
      schedules: [
        { name: 'nightly', expression: 'cron(0 2 * * ? *)' },
        { name: 'often', expression: 'rate(30 minutes)', freshWithinHours: 5 },
        { name: 'once', expression: 'at(2026-01-31T02:00:00)' },
      ],
      audit: { shrinkPercent: 35 },
    });
    const { Variables } = propertiesOf(other, 'AWS::Lambda::Function', 'Audit')['Environment'] as {
      Variables: Record<string, string>;
    };
    expect(parseAuditSettings(Variables[EnvironmentName.auditSettings] ?? '', 'settings')).toEqual({
      stack: 'Trial',
      schedules: { nightly: 26, often: 5, once: null },
      everyHours: 1,
      shrinkPercent: 35,
      changePercent: 50,
      minimumObjects: 5,
      compareDays: 7,
      lateMinutes: 120,
    });
  });
});
