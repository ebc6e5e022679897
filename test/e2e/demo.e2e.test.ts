import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asked, EXIT_CODES, interrupt, LAST_LINE } from '../scripts/demo/interrupted.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function demo(...args: string[]) {
  const child = spawn(process.execPath, ['scripts/demo/main.ts', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

describe('the demonstration', () => {
  it('brings back a tenant that was loaded from a file, and ends with one line of JSON', async () => {
    const file = join(folder, 'shop.json');
    // One workspace without credentials, as people have them in their repositories.
    const scopes = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [
        `scope-${index}`,
        { display_name: `Scope ${index}`, implicit: false },
      ]),
    );
    await writeFile(
      file,
      JSON.stringify({
        name: 'Shop',
        type: 'regular',
        secret: '',
        jwks: { keys: null },
        enforce_pkce: true,
        clients: {
          web: { client_name: 'Web', redirect_uris: ['https://shop.example/cb'], client_secret: '' },
        },
        scopes_without_service: scopes,
        a_section_of_next_year: { kept: [1, { deep: null }] },
      }),
    );
    // It runs until somebody ends it, which is done here once the last line is there.
    const { code, said, left } = await interrupt({
      ...{ script: 'demo', args: ['--load', file, '--keep'], after: '{"demo":', asked: 'SIGINT' },
    });
    expect({ code, left }).toEqual({ code: EXIT_CODES.SIGINT, left: [] });
    expect(said).toMatch(/^ {2}export AWS_ENDPOINT_URL=http/m);
    expect(said).toContain('tenant-backup restore shop');
    const [last = '', ending] = said.trimEnd().split('\n\n').slice(-2);
    expect(ending).toMatch(LAST_LINE);
    const result = JSON.parse(last);
    expect(result).toMatchObject({ demo: 'ok', tenants: 3, backups: 3, restored: { tenant: 'shop' } });
    expect(result.restored.compared).toBe(result.restored.equal);
    expect(result.restored.compared).toBeGreaterThan(60);
    expect(result.restored.safetyBackup).toEqual(expect.any(String));
  });

  it.each<[phase: string, after: string, asked: Asked]>([
    ['the CDK deploys', ': created AWS::', 'Ctrl-C'],
    ['backups are awaited', 'brought forward to', 'SIGTERM'],
  ])('ends while %s when it is asked once, and leaves nothing', async (_phase, after, asked) => {
    const { code, said, left } = await interrupt({ script: 'demo', after, asked });
    expect({ code, left }).toEqual({ code: EXIT_CODES[asked], left: [] });
    expect(said).toMatch(LAST_LINE);
  });

  it.each([
    ['a file that does not exist', 'missing.json', 'ENOENT'],
    ['a flat dump', 'dump.json', 'flat dump'],
  ])('refuses %s before anything is started', async (_name, name, reason) => {
    await writeFile(join(folder, 'dump.json'), JSON.stringify({ servers: [{ id: 'a' }] }));
    const { code, stderr, stdout } = await demo('--load', join(folder, name));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`--load ${name}`);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('    at ');
  });
});
