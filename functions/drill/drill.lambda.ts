import { createClients } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { lambda, logger, stoppedInTime } from '../runtime/lambda.ts';
import { EnvironmentName } from '../runtime/names.ts';
import { drill } from './drill.ts';
import type { DrillReport } from './drill-report.ts';
import { createDrillTools } from './drill-tools.client.ts';
import { parseDrillRequest } from './request.ts';
import { parseDrillSettings } from './settings.ts';

const environment = readEnvironment(['vaultBucket', 'drillSettings']);
const settings = parseDrillSettings(environment.drillSettings, EnvironmentName.drillSettings);
const tools = createDrillTools(createClients(), environment.vaultBucket);

/** Fired by a schedule of its own with `{}`, or invoked with `{"tenant": "acme"}`. A drill that is not proved is an error of
 * the function, so that it is counted as one. */
export const handler = lambda<unknown, DrillReport>(async (event, context) => {
  const request = parseDrillRequest(event, settings);
  const report = await stoppedInTime(context, (stop) =>
    drill(request, settings, tools, {
      requestId: context.awsRequestId,
      remainingMilliseconds: () => context.getRemainingTimeInMillis(),
      stop,
    }),
  );
  const { tenant, into, verdict, compared, equal, seconds, operationId } = report;
  logger.info('drill done', { tenant, into, verdict, compared, equal, seconds, operationId });
  return report;
});
