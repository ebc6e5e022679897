import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * A folder with stand-ins for Python: shell scripts that answer the three questions of `findPython`, make a folder when
 * asked for a virtual environment, and "install" as told. Removed when the test ends.
 * @param pythons by file name: version, whether it has `venv`, and the shell commands that stand for pip and the emulator,
 *   which may touch the file $READY
 */
export const fakePythons = async (
  pythons: Record<
    string,
    { version?: string; venv?: boolean; pip?: string; emulator?: string; broken?: boolean }
  >,
): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'fake-python-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, told] of Object.entries(pythons)) {
    const { version = '3.12.1', venv = true, pip = 'exit 0', emulator = 'exit 0', broken = false } = told;
    const file = join(folder, name);
    const script = broken
      ? 'exit 127'
      : `READY="${folder}/ready"
case "$1 $2" in
  "-m venv") echo made >> "${folder}/calls"; mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
  "-m pip") echo installed >> "${folder}/calls"; ${pip} ;;
  */emulator.py*) ${emulator} ;;
  *) printf '%s\\n%s\\n%s\\n' "${file}" "${version}" "${venv ? 'True' : 'False'}" ;;
esac`;
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  }
  return folder;
};
