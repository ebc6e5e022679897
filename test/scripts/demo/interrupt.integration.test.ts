import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fakePythons } from '../local/fake-python.ts';
import { type Asked, copyOfProject, EXIT_CODES, interrupt, LAST_LINE } from './interrupted.ts';

/** Does not end by itself, has started another process, and has written temporary files. */
const ENDLESS = 'sleep 600 & mkdir -p "$TMPDIR/half-made"; touch "$READY"; sleep 600';

const PHASES = {
  'the virtual environment is made': { after: 'pinned packages', python: { pip: ENDLESS } },
  'the local AWS starts': {
    after: 'starting the local AWS',
    python: { emulator: ENDLESS },
  },
};

const CASES: [script: 'demo' | 'local', asked: Asked][] = [
  ['demo', 'Ctrl-C'],
  ['local', 'SIGINT'],
  ['local', 'SIGTERM'],
  ['local', 'SIGHUP'],
];

/** The class: a program that is asked to end goes on, ends as if it had failed, or leaves behind what it had begun. */
describe.each(Object.entries(PHASES))('while %s', (_phase, { after, python }) => {
  test.each(CASES)('%s ends at the first %s, says so and leaves nothing', async (script, asked) => {
    const project = await copyOfProject();
    const folder = await fakePythons({ python3: python });
    const readyFile = join(folder, 'ready');
    const environment = { TENANT_BACKUP_PYTHON: join(folder, 'python3') };
    const { code, said, left } = await interrupt({
      ...{ script, asked, after, readyFile, project, environment },
    });
    expect({ code, left }).toEqual({ code: EXIT_CODES[asked], left: [] });
    expect(said).toMatch(LAST_LINE);
    const environments = join(project, '.local/venv');
    const half = existsSync(environments) ? await readdir(environments) : [];
    expect(half.filter((name) => name.startsWith('making-'))).toEqual([]);
  });
});

test('sandbox ends at the first SIGTERM', async () => {
  const { code, said, left } = await interrupt({
    script: 'sandbox',
    asked: 'SIGTERM',
    after: 'sandbox listening',
    args: ['--port', '0'],
  });
  expect({ code, left }).toEqual({ code: EXIT_CODES.SIGTERM, left: [] });
  expect(said).toMatch(LAST_LINE);
});
