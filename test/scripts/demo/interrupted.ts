import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { CTRL_C, runOnTerminal } from '../cli/run-on-terminal.ts';
import { eventually, processesOf } from '../local/processes.ts';

const PROJECT_FOLDER = fileURLToPath(new URL('../../../', import.meta.url));

/** How a program is asked to end: by a key at its terminal, or by a signal to its Node process alone. */
export type Asked = 'Ctrl-C' | 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export const EXIT_CODES = { 'Ctrl-C': 130, SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** The one line that a program says of it. */
export const LAST_LINE = /^INTERRUPTED: nothing is left running\n?$/m;

export interface Interrupted {
  readonly code: number | null;
  /** All that it said, on whichever stream. */
  readonly said: string;
  /** Processes that still run, and files that are still in its temporary folder. */
  readonly left: readonly string[];
}

/** Which program is interrupted, how, and when. */
export interface Interruption {
  readonly script: 'demo' | 'local' | 'sandbox';
  readonly asked: Asked;
  /** What it has said by then. */
  readonly after: string;
  /** A file that is there by then, where what it says is not enough. */
  readonly readyFile?: string;
  readonly args?: readonly string[];
  readonly project?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

/** A copy of the project without a virtual environment. */
export async function copyOfProject(): Promise<string> {
  const folder = await temporary('project-');
  for (const name of ['package.json', 'scripts', 'functions']) {
    await cp(join(PROJECT_FOLDER, name), join(folder, name), { recursive: true });
  }
  await symlink(join(PROJECT_FOLDER, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

async function temporary(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Run a script of package.json with a folder of its own for temporary files, and ask it once to end. */
export async function interrupt(interruption: Interruption): Promise<Interrupted> {
  // Its name marks all processes that are started with it.
  const folder = await temporary('interrupted-');
  const environment = {
    ...process.env,
    AWS_ENDPOINT_URL: '',
    CI: undefined,
    TERM: 'xterm',
    ...interruption.environment,
    TMPDIR: folder,
    // Or else npm writes there too.
    NODE_DISABLE_COMPILE_CACHE: '1',
  };
  const run = interruption.asked === 'Ctrl-C' ? onTerminal : bySignal;
  const { code, said } = await run({
    project: PROJECT_FOLDER,
    readyFile: PROJECT_FOLDER,
    args: [],
    ...interruption,
    environment,
  });
  // A killed process takes a moment to go.
  await eventually(async () => (await processesOf(folder)).length === 0, { seconds: 3 });
  return { code, said, left: [...(await processesOf(folder)), ...(await readdir(folder))] };
}

/** By npm, as a person does it: the key reaches npm and all that runs on the terminal. */
async function onTerminal({ script, after, args, project, environment }: Required<Interruption>) {
  const name = script === 'demo' ? 'start' : script;
  const program = ['npm', '--prefix', project, 'run', name, '--'];
  const { code, screen } = await runOnTerminal(args, [[after, CTRL_C]], { program, environment });
  return { code, said: screen };
}

async function bySignal({
  script,
  asked,
  after,
  readyFile,
  args,
  project,
  environment,
}: Required<Interruption>) {
  const child = spawn(process.execPath, [join(project, 'scripts', script, 'main.ts'), ...args], {
    env: environment,
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
  }
  const ended = once(child, 'close');
  const isTime = () => said.includes(after) && existsSync(readyFile);
  await eventually(() => isTime() || child.exitCode !== null, { seconds: 240 });
  child.kill(asked as NodeJS.Signals);
  const [code] = await ended;
  return { code, said };
}
