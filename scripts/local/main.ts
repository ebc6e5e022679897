import { setInterval } from 'node:timers';
import { endOnSignals } from '../terminal/end-on-signals.ts';
import { startLocalAws } from './local-aws.ts';
import { LocalAwsError } from './local-aws-error.ts';

/** `node scripts/local/main.ts`: runs a local AWS until Ctrl-C, and prints the lines to paste. */
const main = async (): Promise<void> => {
  const localAws = await startLocalAws({ report: (line) => console.error(line) });
  for (const [name, value] of Object.entries(localAws.environment)) {
    console.log(value === '' ? `unset ${name}` : `export ${name}=${value}`);
  }
  console.error(
    localAws.external
      ? `AWS_ENDPOINT_URL is set and answers: ${localAws.endpoint}; nothing was started`
      : `the local AWS listens on ${localAws.endpoint}; its files: ${localAws.dataFolder}; press Ctrl-C to stop`,
  );
  // The local AWS does not keep this process alive.
  if (!localAws.external) setInterval(() => {}, 3_600_000);
};

endOnSignals();
try {
  await main();
} catch (error) {
  if (!(error instanceof LocalAwsError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
