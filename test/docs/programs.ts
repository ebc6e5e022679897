import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureVirtualEnvironment } from '../../scripts/local/virtual-environment.ts';
import { PROJECT } from './pages.ts';

const AWS_CLI = `${PROJECT}scripts/bench/recipe/requirements.txt`;

/** Makes `tenant-backup` and `aws`, and returns the folder where a shell finds them.
 * @param folder of the test */
export async function makePrograms(folder: string): Promise<string> {
  const python = await ensureVirtualEnvironment({ requirementsFile: AWS_CLI });
  const place = join(folder, 'programs');
  await mkdir(place);
  await makeCommand(place);
  // This is version 1, which takes payloads as they are; the pages ask version 2 to do so by an option.
  await add(
    place,
    'aws',
    [
      '#!/bin/sh',
      'for argument; do',
      '  shift',
      '  case $argument in --cli-binary-format | raw-in-base64-out) ;; *) set -- "$@" "$argument" ;; esac',
      'done',
      `exec '${python}' -m awscli --endpoint-url "$AWS_ENDPOINT_URL" "$@"`,
      '',
    ].join('\n'),
  );
  return place;
}

/** Makes `tenant-backup` in a folder. */
export const makeCommand = (place: string): Promise<void> =>
  add(place, 'tenant-backup', `#!/bin/sh\nexec '${process.execPath}' '${PROJECT}scripts/cli/main.ts' "$@"\n`);

async function add(place: string, name: string, script: string): Promise<void> {
  await writeFile(join(place, name), script);
  await chmod(join(place, name), 0o755);
}
