import { toTenantBackupError } from '../defect.ts';
import type { ProbeRecord } from '../probe/probe-record.ts';
import { createClients } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { failureFields, lambda, logger, stoppedInTime } from '../runtime/lambda.ts';
import { EnvironmentName } from '../runtime/names.ts';
import { drill } from './drill.ts';
import type { DrillReport } from './drill-report.ts';
import { createDrillTools } from './drill-tools.client.ts';
import { probeScratch, probeWhenDue } from './probe-scratch.ts';
import { parseDrillRequest, parseProbeRequest } from './request.ts';
import { parseDrillSettings } from './settings.ts';

const environment = readEnvironment(['vaultBucket', 'drillSettings']);
const settings = parseDrillSettings(environment.drillSettings, EnvironmentName.drillSettings);
const tools = createDrillTools(createClients(), environment.vaultBucket);

/** Runs on its own schedule with `{}`, or on an invocation with `{"tenant": "acme"}`. A failed drill fails the invocation: the
 * Errors metric counts it. With `{"probe": "scratch"}` it probes the scratch tenant; a drill does so first if a probe is due. */
export const handler = lambda<unknown, DrillReport | ProbeRecord>(async (event, context) => {
  const isProbe = parseProbeRequest(event, settings) !== null;
  const request = isProbe ? {} : parseDrillRequest(event, settings);
  return stoppedInTime(context, async (stop) => {
    const call = {
      requestId: context.awsRequestId,
      remainingMilliseconds: () => context.getRemainingTimeInMillis(),
      stop,
    };
    if (isProbe) return logged(await probeScratch(settings, tools, call));
    // A drill proves a backup, with or without a probe.
    await probeWhenDue(settings, tools, call).then(logged, (error: unknown) => {
      const failure = toTenantBackupError(error);
      logger.warn(`probe failed: ${failure.message}`, failureFields(failure));
    });
    const report = await drill(request, settings, tools, call);
    const { tenant, into, verdict, compared, equal, seconds, operationId } = report;
    logger.info('drill done', { tenant, into, verdict, compared, equal, seconds, operationId });
    return report;
  });
});

function logged<Result extends ProbeRecord | null>(probe: Result): Result {
  if (probe === null) return probe;
  const { deployment, scratch, compared, equal, leftBehind, operationId } = probe;
  const fields = { deployment, scratch, compared, equal, leftBehind: leftBehind.length, operationId };
  if (leftBehind.length === 0) logger.info('probe done', fields);
  else logger.error('the probe left changes in the scratch tenant', fields);
  return probe;
}
