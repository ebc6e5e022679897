import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atExit, killGroup, removeAtOnce } from './at-exit.ts';
import { type AwkwardAws, PLAIN_AWS } from './awkward.ts';
import { LocalAwsError } from './local-aws-error.ts';

const SCRIPT_FILE = fileURLToPath(new URL('emulator.py', import.meta.url));
const PROGRAMS_FOLDER = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
const START_SECONDS = 60;

/** The region of the local AWS. Not us-east-1, to find code that assumes it. */
export const LOCAL_REGION = 'eu-central-1';

/** The key of the local AWS's root user. Not a secret: only an emulator on this machine accepts it. */
export const LOCAL_ACCESS_KEY = { id: 'test', secret: 'test' } as const;

/** A running emulator. */
export type Emulator = {
  readonly endpoint: string;
  readonly logFile: string;
  /** Ends it with all Lambdas and waits for that. Its data folder is removed if it was asked to. */
  stop(): Promise<void>;
};

const lastLines = async (file: string, count: number): Promise<string> =>
  (await readFile(file, 'utf8').catch(() => '')).trim().split('\n').slice(-count).join('\n');

/**
 * The whole environment of the emulator, and so of its Lambdas: nothing of this process's credentials, profiles,
 * proxies or folders gets there, and everything they write lies in the data folder.
 */
const emulatorEnvironment = (
  dataFolder: string,
  removeDataFolder: boolean,
  awkward: AwkwardAws,
  functionsEndpoint: string | undefined,
): Record<string, string> => {
  const folder = (name: string): string => {
    const path = join(dataFolder, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  return {
    // The Lambdas run on the project's Node, not on the machine's.
    PATH: [PROGRAMS_FOLDER, process.env['PATH'] ?? ''].join(delimiter),
    HOME: folder('home'),
    TMPDIR: folder('tmp'),
    LANG: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
    AWS_ACCESS_KEY_ID: LOCAL_ACCESS_KEY.id,
    AWS_SECRET_ACCESS_KEY: LOCAL_ACCESS_KEY.secret,
    AWS_EC2_METADATA_DISABLED: 'true',
    MINISTACK_REGION: LOCAL_REGION,
    // The name in the queue URLs that it hands out. `localhost` may resolve to ::1, where nothing listens.
    MINISTACK_HOST: '127.0.0.1',
    // Enforces the policies of the roles, so that tests check least privilege.
    AUTH: 'true',
    S3_PERSIST: '1',
    S3_DATA_DIR: folder('s3'),
    STATE_DIR: folder('state'),
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    LOG_LEVEL: 'INFO',
    // Said by the emulator's own code in each Lambda.
    NODE_OPTIONS: '--disable-warning=DEP0169',
    LOCAL_AWS_AWKWARD: JSON.stringify(awkward),
    ...(functionsEndpoint === undefined ? {} : { LOCAL_AWS_FUNCTIONS_ENDPOINT: functionsEndpoint }),
    ...(removeDataFolder ? { LOCAL_AWS_REMOVE: dataFolder } : {}),
  };
};

const portOf = async (emulator: ChildProcess): Promise<number | undefined> => {
  if (emulator.stdout === null) return undefined;
  for await (const line of createInterface({ input: emulator.stdout })) return Number(line);
  return undefined;
};

const waitUntilHealthy = async (endpoint: string, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const response = await fetch(`${endpoint}/_ministack/health`, { signal }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await sleep(50);
  }
};

/**
 * Start the emulator on a free port of 127.0.0.1 and wait until it answers. It ends with this process, however this
 * process ends: it watches a pipe that the operating system closes.
 * @param pythonFile the Python of the virtual environment that holds the emulator
 * @param report told if the emulator ends by itself later
 * @throws LocalAwsError with the last lines of its log if it ends or does not answer within a minute
 */
export const startEmulator = async ({
  pythonFile,
  dataFolder,
  removeDataFolder,
  awkward = PLAIN_AWS,
  functionsEndpoint,
  report = () => {},
  scriptFile = SCRIPT_FILE,
}: {
  readonly pythonFile: string;
  readonly dataFolder: string;
  readonly removeDataFolder: boolean;
  readonly awkward?: AwkwardAws;
  /** Where the Lambdas find AWS. @default - this emulator */
  readonly functionsEndpoint?: string | undefined;
  readonly report?: (line: string) => void;
  readonly scriptFile?: string;
}): Promise<Emulator> => {
  const logFile = join(dataFolder, 'emulator.log');
  const log = openSync(logFile, 'a', 0o600);
  const emulator = spawn(pythonFile, [scriptFile, dataFolder], {
    env: emulatorEnvironment(dataFolder, removeDataFolder, awkward, functionsEndpoint),
    cwd: dataFolder,
    stdio: ['pipe', 'pipe', log],
    // A process group of its own: Ctrl-C reaches this process only, which then decides.
    detached: true,
  });
  closeSync(log);
  const cancel = atExit(() => {
    killGroup(emulator);
    if (removeDataFolder) removeAtOnce(dataFolder);
  });
  emulator.stdin?.on('error', () => {});
  const ended = once(emulator, 'exit').catch((error: Error) => [error.message]);
  let stopping = false;

  const stop = async (): Promise<void> => {
    stopping = true;
    emulator.ref();
    emulator.stdin?.end();
    await Promise.race([ended, sleep(5_000, undefined, { ref: false })]);
    killGroup(emulator);
    await ended;
    if (removeDataFolder) await rm(dataFolder, { recursive: true, force: true });
    cancel();
  };

  const timeout = new AbortController();
  const started = (async () => {
    const port = await portOf(emulator);
    if (port === undefined) {
      // Its output is closed: it ends, and the error reports how.
      await ended;
      return undefined;
    }
    const endpoint = `http://127.0.0.1:${port}`;
    await waitUntilHealthy(endpoint, timeout.signal);
    return endpoint;
  })();
  const endpoint = await Promise.race([
    started,
    ended.then(() => undefined),
    sleep(START_SECONDS * 1_000, undefined, { ref: false, signal: timeout.signal }).catch(() => undefined),
  ]);
  timeout.abort();
  if (endpoint === undefined) {
    const said = await lastLines(logFile, 15);
    const how = emulator.exitCode ?? emulator.signalCode ?? `no answer within ${START_SECONDS} s`;
    await stop();
    throw new LocalAwsError(
      `the local AWS did not start (${how}); the end of its log:\n${said || '(empty)'}`,
    );
  }

  void ended.then(async ([exitCode, signal]) => {
    if (stopping) return;
    report(
      `the local AWS ended unexpectedly (${exitCode ?? signal}); the end of its log:\n${await lastLines(logFile, 5)}`,
    );
  });
  // The emulator must not keep this process from ending.
  emulator.unref();
  emulator.stdout?.destroy();
  (emulator.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return { endpoint, logFile, stop };
};
