import { Metrics } from '@aws-lambda-powertools/metrics';
import {
  readEnrolmentPrefix,
  readEnvironment,
  readLedgerKeys,
  readTrustedSigningKeys,
  wholeNumber,
} from '../runtime/environment.ts';
import { lambda, logger, withinTime } from '../runtime/lambda.ts';
import { auditMetrics, EnvironmentName } from '../runtime/names.ts';
import { parseRetentionPolicy } from '../vault/retention/retention-policy.ts';
import { audit } from './audit.ts';
import { type AuditAnswer, answerOf } from './audit-answer.ts';
import { createAuditTools } from './audit-tools.client.ts';
import { metricsOf } from './metrics.ts';
import { parseAuditRequest } from './request.ts';
import { parseAuditSettings } from './settings.ts';

const environment = readEnvironment([
  'vaultBucket',
  'ledgerBucket',
  'configurationAliasArn',
  'credentialsAliasArn',
  'fingerprintKeyArn',
  'signingKeyArn',
  'maxExportBytes',
  'retention',
  'auditSettings',
  'alarmTopicArn',
]);
const settings = parseAuditSettings(environment.auditSettings, EnvironmentName.auditSettings);
const tools = createAuditTools({
  ...environment,
  keys: { configuration: environment.configurationAliasArn, credentials: environment.credentialsAliasArn },
  enrolmentPrefix: readEnrolmentPrefix(),
  ledgerKeys: readLedgerKeys(),
  trustedSigningKeys: readTrustedSigningKeys(),
  retention: parseRetentionPolicy(environment.retention, EnvironmentName.retention),
  maxExportBytes: wholeNumber('maxExportBytes', environment.maxExportBytes),
  settings,
});
const { namespace, dimensions, unit } = auditMetrics(settings.stack);
const metrics = new Metrics({ namespace });
// Powertools adds the dimension `service` by default, which alarms would not match.
metrics.clearDefaultDimensions();
metrics.setDefaultDimensions(dimensions);

/** Share of the time reserved after the last backup is opened, to assess the fleet and write the report. */
const CLOSING_SHARE = 0.2;

/** Handles an audit. Its own schedule invokes it, or an operator with `{}` to audit now, or to acknowledge findings. */
export const handler = lambda<unknown, AuditAnswer>(async (event, context) => {
  const request = parseAuditRequest(event);
  const closing = context.getRemainingTimeInMillis() * CLOSING_SHARE;
  const report = await withinTime(context, () =>
    audit(tools, () => context.getRemainingTimeInMillis() > closing, request),
  );
  for (const [name, value] of Object.entries(metricsOf(report))) {
    metrics.addMetric(name, unit, value);
  }
  metrics.publishStoredMetrics();
  const answer = answerOf(report);
  logger.info('audit done', { ...answer });
  return answer;
});
