import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { atExit, killGroup } from '../../scripts/local/at-exit.ts';
import { pythonWithRules } from './python.ts';

/** A second emulator of AWS, by other authors than the local AWS. */
export interface Moto {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts the server of moto, which ends with this process. */
export async function startMoto(): Promise<Moto> {
  const server = spawn(await pythonWithRules(), [fileURLToPath(new URL('moto-server.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const cancel = atExit(() => killGroup(server));
  const ended = once(server, 'exit');
  const [port] = await Promise.race([once(createInterface({ input: server.stdout }), 'line'), ended]);
  if (server.exitCode !== null) throw new Error(`moto ended at once with ${server.exitCode}`);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      server.stdin.end();
      killGroup(server);
      await ended;
      cancel();
    },
  };
}
