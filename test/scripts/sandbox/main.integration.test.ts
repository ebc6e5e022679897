import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { basic } from './support.ts';

const MAIN = new URL('../../../scripts/sandbox/main.ts', import.meta.url).pathname;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  writeFileSync(join(folder, 'acme.json'), '{"servers":{"customers":{"name":"Customers","clients":{}}}}');
  writeFileSync(join(folder, 'workspace.yaml'), 'name: Partners\nclients: {}\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

function start(...args: string[]): ChildProcess {
  child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  return child;
}

async function finish(
  ...args: string[]
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const started = start(...args);
  const output = { stdout: '', stderr: '' };
  started.stdout?.on('data', (data) => (output.stdout += data));
  started.stderr?.on('data', (data) => (output.stderr += data));
  const [exitCode] = (await once(started, 'close')) as [number | null];
  return { exitCode, ...output };
}

/** Text up to and including the line that the pattern matches. */
async function untilPrinted(started: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of started.stdout ?? []) {
    text += chunk;
    if (pattern.test(text)) return text;
  }
  throw new Error(`the sandbox ended after ${text}`);
}

describe('the command', () => {
  it('loads tenants, says how to get in, and lets in', async () => {
    const started = start('--port', '0', '--load', 'acme.json', '--tenant', 'other=workspace.yaml');
    const text = await untilPrinted(started, /tenant other[\s\S]*scopes .*\n/);
    const issuer = /issuer +(\S+\/other\/system)/.exec(text)?.[1];
    const secrets = [...text.matchAll(/client secret +(\S+)/g)].map(([, secret]) => secret ?? '');
    expect(secrets.length).toBeGreaterThanOrEqual(2);
    const response = await fetch(`${issuer}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: basic('tenant-backup', secrets[1] ?? '') },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    expect(response.status).toBe(200);
    started.kill('SIGTERM');
    expect(await once(started, 'exit')).toEqual([143, null]);
  });

  it('takes client and faults from its flags', async () => {
    const flags = [
      '--client-id',
      'me',
      '--client-secret',
      'x'.repeat(32),
      '--fault',
      '*:fail,status=502,times=1',
    ];
    const text = await untilPrinted(start('--port', '0', '--load', 'acme.json', ...flags), /scopes .*\n/);
    expect(text).toMatch(/client id +me\n +client secret +x{32}\n/);
    const issuer = /issuer +(\S+)/.exec(text)?.[1];
    const discovery = `${issuer}/.well-known/openid-configuration`;
    expect((await fetch(discovery)).status).toBe(502);
    expect((await fetch(discovery)).status).toBe(200);
  });

  it('takes switches, limits, further lists and the record, and tells of the root client', async () => {
    const record = join(folder, 'record.jsonl');
    writeFileSync(join(folder, 'dump.json'), '{"secrets":[{"server_id":"customers","id":"s","secret":"x"}]}');
    const flags = ['--behave', 'acme:hub=off-403', '--limits', '*={"writesAtOnce":1}', '--record', record];
    const lists = ['--dump', 'acme=dump.json'];
    const started = start('--port', '0', '--load', 'acme.json', ...flags, ...lists);
    const text = await untilPrinted(started, /all tenants[\s\S]*scopes .*\n/);
    const root = text.slice(text.indexOf('all tenants'));
    const issuer = /issuer +(\S+\/system\/system)/.exec(root)?.[1] ?? '';
    const secret = /client secret +(\S+)/.exec(root)?.[1] ?? '';
    const token = await fetch(`${issuer}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: basic('root-backup', secret) },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token } = (await token.json()) as { access_token: string };
    const get = (path: string) =>
      fetch(`${new URL(issuer).origin}${path}`, { headers: { authorization: `Bearer ${access_token}` } });
    expect((await get('/api/hub/system/promote/config?tid=acme')).status).toBe(403);
    expect(await (await get('/api/system/configuration')).json()).toMatchObject({
      secrets: [{ tenant_id: 'acme', server_id: 'customers', id: 's', secret: 'x' }],
    });
    expect(readFileSync(record, 'utf8').split('\n')).toHaveLength(4);
  });

  it.each([
    [['--load', 'acme.json', '--behave', 'acme:hub=off'], /--behave: behaviour hub: /],
    [['--load', 'acme.json', '--limits', 'acme={"rates":1}'], /--limits: limits rates: /],
    [['--load', 'acme.json', '--dump', 'acme=acme.json'], /servers must be a list of objects/],
    [['--load', 'missing.json'], /missing\.json: .*no such file/],
    [['--tenant', 'system=acme.json', '--load', 'acme.json'], /tenant id system is reserved/],
  ])('ends with 2 and says why for %j', async (args, message) => {
    const { exitCode, stderr } = await finish('--port', '0', ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('explains itself and ends with 0', async () => {
    const { exitCode, stdout } = await finish('--help');
    expect(exitCode).toBe(0);
    for (const word of [
      '--load',
      '--tenant',
      '/_sandbox/faults',
      'skip-import',
      'retryAfterSeconds',
      'absentOnImport',
      'writesAtOnce',
    ]) {
      expect(stdout).toContain(word);
    }
  });
});
