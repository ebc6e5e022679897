import { mkdirSync, mkdtempSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type AwkwardAws, PLAIN_AWS } from './awkward.ts';
import { LOCAL_ACCESS_KEY, LOCAL_REGION, startEmulator } from './emulator.ts';
import { LocalAwsError } from './local-aws-error.ts';
import { ensureVirtualEnvironment } from './virtual-environment.ts';

/** An AWS on this machine, or the one that `AWS_ENDPOINT_URL` names. */
export type LocalAws = {
  /** For example `http://127.0.0.1:41234`. */
  readonly endpoint: string;
  readonly region: string;
  /** Everything it writes lies below: objects of the buckets, code of the Lambdas, temporary files, its log.
   * Empty folder name where it is not ours. */
  readonly dataFolder: string;
  readonly logFile: string;
  /** What SDK clients need. An empty value unsets what would lead elsewhere; see `childEnvironment`. */
  readonly environment: Readonly<Record<string, string>>;
  /** True for an AWS that this process did not start: it is never stopped, and its data folder is unknown. */
  readonly external: boolean;
  /** Ends it with everything it started, and removes a data folder that it made. A second call does nothing. */
  stop(): Promise<void>;
};

/** Empty values hide credentials, profiles and files that would redirect a client. */
const environmentFor = (
  endpoint: string,
  region: string,
  accessKey: { readonly id: string; readonly secret: string; readonly sessionToken?: string },
): Record<string, string> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: accessKey.id,
  AWS_SECRET_ACCESS_KEY: accessKey.secret,
  AWS_SESSION_TOKEN: accessKey.sessionToken ?? '',
  AWS_PROFILE: '',
  AWS_DEFAULT_PROFILE: '',
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_EC2_METADATA_DISABLED: 'true',
});

const useExternalAws = async (endpoint: string): Promise<LocalAws> => {
  const response = await fetch(endpoint, { signal: AbortSignal.timeout(5_000) }).catch((cause: Error) => {
    throw new LocalAwsError(
      `AWS_ENDPOINT_URL=${endpoint} does not answer: start what should answer there, or unset it to have a local AWS started`,
      { cause },
    );
  });
  await response.body?.cancel();
  const region = process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'] || LOCAL_REGION;
  return {
    endpoint,
    region,
    dataFolder: '',
    logFile: '',
    environment: environmentFor(endpoint, region, {
      id: process.env['AWS_ACCESS_KEY_ID'] || LOCAL_ACCESS_KEY.id,
      secret: process.env['AWS_SECRET_ACCESS_KEY'] || LOCAL_ACCESS_KEY.secret,
      sessionToken: process.env['AWS_SESSION_TOKEN'] ?? '',
    }),
    external: true,
    stop: async () => {},
  };
};

/**
 * Start an AWS on this machine, or use the one that `AWS_ENDPOINT_URL` names. It listens on 127.0.0.1 alone, enforces
 * the policies of roles, and ends with this process, however this process ends.
 * @param options.dataFolder kept at the end; otherwise a temporary folder is made, and removed by `stop`
 * @param options.awkward what it does that AWS may do; the others are off
 * @param options.functionsEndpoint where the Lambdas find AWS, such as a proxy before it; otherwise there
 * @param options.report called with a line for each step that takes time
 * @throws LocalAwsError what to install or set
 */
export const startLocalAws = async (
  options: {
    readonly dataFolder?: string;
    readonly awkward?: Partial<AwkwardAws>;
    readonly functionsEndpoint?: string;
    readonly report?: (line: string) => void;
  } = {},
): Promise<LocalAws> => {
  const { report = () => {} } = options;
  const named = process.env['AWS_ENDPOINT_URL'];
  if (named) return useExternalAws(named);

  const pythonFile = await ensureVirtualEnvironment({ report });
  report('starting the local AWS');
  const dataFolder = options.dataFolder
    ? resolve(options.dataFolder)
    : mkdtempSync(join(tmpdir(), 'tenant-backup-local-aws-'));
  mkdirSync(dataFolder, { recursive: true });
  const emulator = await startEmulator({
    pythonFile,
    dataFolder,
    removeDataFolder: options.dataFolder === undefined,
    awkward: { ...PLAIN_AWS, ...options.awkward },
    functionsEndpoint: options.functionsEndpoint,
    report,
  });
  let stopped: Promise<void> | undefined;
  return {
    endpoint: emulator.endpoint,
    region: LOCAL_REGION,
    dataFolder,
    logFile: emulator.logFile,
    environment: environmentFor(emulator.endpoint, LOCAL_REGION, LOCAL_ACCESS_KEY),
    external: false,
    stop: () => {
      stopped ??= emulator.stop();
      return stopped;
    },
  };
};

/** The environment for a child process: this process's, with the local AWS's laid over, and what must not be set left
 * out (the Python SDK takes an empty profile for a name). */
export const childEnvironment = (localAws: LocalAws): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries({ ...process.env, ...localAws.environment }).filter(
      ([name, value]) => localAws.environment[name] !== '' && value !== undefined,
    ),
  );

/** The settings for an SDK client: `new S3Client(clientSettings(localAws))`. */
export const clientSettings = (localAws: LocalAws) => ({
  endpoint: localAws.endpoint,
  region: localAws.region,
  credentials: {
    accessKeyId: localAws.environment['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: localAws.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    ...(localAws.environment['AWS_SESSION_TOKEN']
      ? { sessionToken: localAws.environment['AWS_SESSION_TOKEN'] }
      : {}),
  },
});
