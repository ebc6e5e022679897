import type { ProbeRecord } from '../probe/probe-record.ts';
import { createClients } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { lambda, logger, stoppedInTime } from '../runtime/lambda.ts';
import { EnvironmentName } from '../runtime/names.ts';
import { drill } from './drill.ts';
import type { DrillReport } from './drill-report.ts';
import { createDrillTools } from './drill-tools.client.ts';
import { probeScratch } from './probe-scratch.ts';
import { parseDrillRequest, parseProbeRequest } from './request.ts';
import { parseDrillSettings } from './settings.ts';

const environment = readEnvironment(['vaultBucket', 'drillSettings']);
const settings = parseDrillSettings(environment.drillSettings, EnvironmentName.drillSettings);
const tools = createDrillTools(createClients(), environment.vaultBucket);

/** Runs on its own schedule with `{}`, or on an invocation with `{"tenant": "acme"}`. A failed drill fails the invocation: the
 * Errors metric counts it. With `{"probe": "scratch"}` it probes the scratch tenant. */
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
    const report = await drill(request, settings, tools, call);
    const { tenant, into, verdict, compared, equal, seconds, operationId } = report;
    logger.info('drill done', { tenant, into, verdict, compared, equal, seconds, operationId });
    return report;
  });
});

function logged(probe: ProbeRecord): ProbeRecord {
  const { deployment, scratch, compared, equal, leftBehind, operationId } = probe;
  const fields = { deployment, scratch, compared, equal, leftBehind: leftBehind.length, operationId };
  if (leftBehind.length === 0) logger.info('probe done', fields);
  else logger.error('the probe left changes in the scratch tenant', fields);
  return probe;
}
