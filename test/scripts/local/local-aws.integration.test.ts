import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startEmulator } from '../../../scripts/local/emulator.ts';
import { childEnvironment, clientSettings, startLocalAws } from '../../../scripts/local/local-aws.ts';
import { searchFiles } from '../../../scripts/local/search-files.ts';
import { ensureVirtualEnvironment } from '../../../scripts/local/virtual-environment.ts';
import { eventually, isGone, processesThatMention } from './processes.ts';

const MAIN_FILE = fileURLToPath(new URL('../../../scripts/local/main.ts', import.meta.url));

beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('startLocalAws', () => {
  test('answers SDK clients, keeps all in its data folder and leaves nothing when stopped', async () => {
    const localAws = await startLocalAws();
    const s3 = new S3Client(clientSettings(localAws));
    await s3.send(new CreateBucketCommand({ Bucket: 'one' }));
    await s3.send(new PutObjectCommand({ Bucket: 'one', Key: 'a/b', Body: 'recognisable-content' }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'one', Key: 'a/b' }));
    expect(await Body?.transformToString()).toBe('recognisable-content');
    expect(localAws).toMatchObject({ external: false, environment: { AWS_ENDPOINT_URL: localAws.endpoint } });
    expect(await searchFiles(localAws.dataFolder, ['recognisable-content'])).not.toEqual([]);

    await Promise.all([localAws.stop(), localAws.stop()]);
    expect(await isGone(localAws.endpoint, localAws.dataFolder)).toBe(true);
  });

  test('listens on loopback alone', async () => {
    const localAws = await startLocalAws();
    try {
      const { port } = new URL(localAws.endpoint);
      const others = Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        .filter(({ internal, family }) => !internal && family === 'IPv4');
      for (const { address } of others) {
        const socket = connect(Number(port), address);
        await expect(once(socket, 'connect')).rejects.toThrow(/ECONNREFUSED/);
      }
    } finally {
      await localAws.stop();
    }
  });

  test('keeps a data folder that it was given', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'given-'));
    const localAws = await startLocalAws({ dataFolder });
    expect(localAws.dataFolder).toBe(dataFolder);
    await localAws.stop();
    expect(await readdir(dataFolder)).toContain('emulator.log');
    await rm(dataFolder, { recursive: true });
  });

  test('runs several at once, each for itself', async () => {
    const [one, other] = await Promise.all([startLocalAws(), startLocalAws()]);
    const bucket = new CreateBucketCommand({ Bucket: 'same-name' });
    await new S3Client(clientSettings(one)).send(bucket);
    await new S3Client(clientSettings(other)).send(bucket);
    await Promise.all([one.stop(), other.stop()]);
  });

  test('uses the endpoint of AWS_ENDPOINT_URL where it is set, and does not stop it', async () => {
    const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
    vi.stubEnv('AWS_PROFILE', 'mine');
    const localAws = await startLocalAws();
    expect(localAws).toMatchObject({ external: true, endpoint, environment: { AWS_ENDPOINT_URL: endpoint } });
    const environment = childEnvironment(localAws);
    expect(environment).toMatchObject({ AWS_ENDPOINT_URL: endpoint, PATH: process.env['PATH'] });
    expect(environment).not.toHaveProperty('AWS_PROFILE');
    await localAws.stop();
    expect((await fetch(endpoint)).ok).toBe(true);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');

    await expect(startLocalAws()).rejects.toThrow(`AWS_ENDPOINT_URL=${endpoint} does not answer`);
  });
});

describe('startEmulator', () => {
  const withScript = async (script: string, report: (line: string) => void = () => {}) => {
    const folder = await mkdtemp(join(tmpdir(), 'emulator-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const scriptFile = join(folder, 'script.py');
    await writeFile(scriptFile, script);
    const dataFolder = await mkdtemp(join(tmpdir(), 'emulator-data-'));
    const pythonFile = await ensureVirtualEnvironment();
    return {
      dataFolder,
      started: startEmulator({ pythonFile, dataFolder, removeDataFolder: true, report, scriptFile }),
    };
  };

  test('tells the end of the log of an emulator that dies early, and removes its folder', async () => {
    const { dataFolder, started } = await withScript('import sys\nsys.exit("the reason")');
    await expect(started).rejects.toThrow(/did not start \(1\); the end of its log:\nthe reason/);
    expect(existsSync(dataFolder)).toBe(false);
  });

  test('reports one that dies later', async () => {
    const reports: string[] = [];
    const script = `import http.server, os, sys, threading
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        if self.path == "/die": print("last words", file=sys.stderr, flush=True); os._exit(7)
server = http.server.HTTPServer(("127.0.0.1", 0), Health)
print(server.server_port, flush=True)
server.serve_forever()`;
    const { started } = await withScript(script, (line) => reports.push(line));
    const emulator = await started;
    await fetch(`${emulator.endpoint}/die`).catch(() => {});
    expect(await eventually(() => reports.length > 0)).toBe(true);
    expect(reports[0]).toMatch(/ended unexpectedly \(7\); the end of its log:.*last words/s);
    await emulator.stop();
  });
});

describe('the command', () => {
  const start = async (): Promise<{ command: ChildProcess; endpoint: string; dataFolder: string }> => {
    const command = spawn(process.execPath, [MAIN_FILE], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env },
    });
    let output = '';
    command.stdout?.on('data', (chunk) => (output += chunk));
    command.stderr?.on('data', (chunk) => (output += chunk));
    expect(await eventually(() => output.includes('press Ctrl-C to stop'))).toBe(true);
    const [, endpoint = '', dataFolder = ''] = /listens on (\S+); its files: (\S+);/.exec(output) ?? [];
    expect(output).toContain(`export AWS_ENDPOINT_URL=${endpoint}\n`);
    expect((await processesThatMention(dataFolder)).length).toBeGreaterThan(0);
    return { command, endpoint, dataFolder };
  };

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('leaves nothing after %s', async (signal, code) => {
    const { command, endpoint, dataFolder } = await start();
    command.kill(signal);
    expect(await once(command, 'exit')).toEqual([code, null]);
    expect(await eventually(() => isGone(endpoint, dataFolder))).toBe(true);
  });

  test('leaves nothing after it was killed and could not clean up', async () => {
    const { command, endpoint, dataFolder } = await start();
    command.kill('SIGKILL');
    await once(command, 'exit');
    expect(await eventually(() => isGone(endpoint, dataFolder))).toBe(true);
  });
});

test('the pinned emulator is the one that runs', async () => {
  const requirements = await readFile(
    new URL('../../../scripts/local/requirements.txt', import.meta.url),
    'utf8',
  );
  const localAws = await startLocalAws();
  try {
    const health = (await (await fetch(`${localAws.endpoint}/_ministack/health`)).json()) as {
      version: string;
    };
    expect(requirements).toContain(`ministack==${health.version} `);
  } finally {
    await localAws.stop();
  }
});
