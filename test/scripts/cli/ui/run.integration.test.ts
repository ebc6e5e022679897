import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const MAIN = new URL('../../../../scripts/cli/main.ts', import.meta.url).pathname;

describe('the command', () => {
  it('ends quietly when nobody reads its output any more', async () => {
    const child = spawn(process.execPath, [MAIN, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const code = new Promise<number | null>((resolve) => child.on('close', resolve));
    // Closed before the command has begun to write.
    child.stdout.destroy();
    expect(await text(child.stderr)).toBe('');
    expect(await code).toBe(0);
  });
});
