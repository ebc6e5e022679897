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
  const add = async (name: string, script: string) => {
    await writeFile(join(place, name), script);
    await chmod(join(place, name), 0o755);
  };
  await add('tenant-backup', `#!/bin/sh\nexec '${process.execPath}' '${PROJECT}scripts/cli/main.ts' "$@"\n`);
  // This is version 1, which takes payloads as they are; the pages ask version 2 to do so by an option.
  await add(
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
