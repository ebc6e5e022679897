import { describe, expect, it } from 'vitest';
import { runProgram } from '../../scripts/local/run-program.ts';
import { PROJECT } from '../docs/pages.ts';

const npmTest = (...words: string[]) =>
  runProgram(process.execPath, ['scripts/test.ts', ...words], { folder: PROJECT });

describe('npm test', () => {
  it('runs the test files that a pattern names, and counts them', async () => {
    const { exitCode, output } = await npmTest('test/defect.test.ts');
    expect({ exitCode, output }).toEqual({
      exitCode: 0,
      output: expect.stringMatching(/^unit +[1-9]\d* passed, 0 failed/m),
    });
    expect(output).not.toMatch(/^── (lint|types|integration|e2e) ──$/m);
  });

  it('runs of these what a change touches, be it nothing', async () => {
    for (const changed of ['--changed', '--changed=HEAD']) {
      const { exitCode, output } = await npmTest(changed, 'test/defect.test.ts');
      expect({ exitCode, output }).toEqual({
        exitCode: 0,
        output: expect.stringMatching(/^unit +\d+ passed, 0 failed/m),
      });
    }
    expect(await npmTest('--changed=no-such-commit', 'test/defect.test.ts')).toMatchObject({ exitCode: 1 });
  });

  it('refuses a pattern that names no test file, in one line, and runs nothing', async () => {
    for (const words of [
      ['no-such-file'],
      ['test/defect.test.ts', 'no-such-file'],
      ['e2e', 'test/defect.test.ts'],
    ]) {
      const { exitCode, output } = await npmTest(...words);
      expect({ exitCode, output }).toEqual({
        exitCode: 2,
        output: expect.stringMatching(/^no .*test file has ".*" in its path; kinds are lint, .*\n$/),
      });
    }
  });
});
