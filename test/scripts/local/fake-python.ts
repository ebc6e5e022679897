import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * A folder with stand-ins for Python: shell scripts that answer the three questions of `findPython`, make a folder when
 * asked for a virtual environment, and "install" as told. Removed when the test ends.
 * @param pythons by file name: version, whether it has `venv`, and the shell command that stands for pip
 */
export const fakePythons = async (
  pythons: Record<string, { version?: string; venv?: boolean; pip?: string; broken?: boolean }>,
): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'fake-python-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, { version = '3.12.1', venv = true, pip = 'exit 0', broken = false }] of Object.entries(
    pythons,
  )) {
    const file = join(folder, name);
    const script = broken
      ? 'exit 127'
      : `case "$1 $2" in
  "-m venv") echo made >> "${folder}/calls"; mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
  "-m pip") echo installed >> "${folder}/calls"; ${pip} ;;
  *) printf '%s\\n%s\\n%s\\n' "${file}" "${version}" "${venv ? 'True' : 'False'}" ;;
esac`;
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  }
  return folder;
};
