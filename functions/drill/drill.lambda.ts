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

/** Runs on its own schedule with `{}`, or on an invocation with `{"tenant": "acme"}`. A failed drill fails the invocation: the
 * Errors metric counts it. */
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
