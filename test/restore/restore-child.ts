/** A restore in a process of its own, so that it can be killed like a function's. The environment is that of the restore
 * function; the request is the first argument, as JSON. */

import { restore } from '../../functions/restore/restore.ts';
import { parseRestoreRequest } from '../../functions/restore/source/request.ts';
import { createClients } from '../../functions/runtime/clients.ts';

await restore(parseRestoreRequest(JSON.parse(process.argv[2] ?? ''), new Date()), createClients(), {
  requestId: `process ${process.pid}`,
  remainingMilliseconds: () => Number.POSITIVE_INFINITY,
});
