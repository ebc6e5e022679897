import { buffer } from 'node:stream/consumers';
import { TenantBackupError } from '../../../functions/errors.ts';
import { ask } from './ask.ts';
import { decodeText, readText } from './files.ts';

/** Read a secret from where it is not seen: a file, standard input (`-`), or a prompt that does not echo. Never from an
 * argument, which every process on the machine can read.
 * @param file path, `-`, or undefined to ask
 * @returns without the line ends that editors add
 * @throws INVALID_REQUEST if it is empty, or in another encoding than UTF-8 */
export async function readSecret(question: string, file: string | undefined): Promise<string> {
  const secret = (
    await (file === undefined ? askFor(question) : file === '-' ? readInput(question) : readText(file))
  )
    // Line ends only: a secret may end with a space.
    .replace(/[\r\n]+$/, '');
  if (secret === '') throw new TenantBackupError('INVALID_REQUEST', `${question} must not be empty`);
  return secret;
}

const readInput = async (question: string): Promise<string> =>
  decodeText(await buffer(process.stdin), `the ${question}`);

/** `readSecret` of one that is made up now: whoever mistypes what nobody sees would find out when it is too late, and so
 * types it twice. */
export async function readNewSecret(question: string, file: string | undefined): Promise<string> {
  const secret = await readSecret(question, file);
  if (file === undefined && (await askFor(`${question}, again`)) !== secret) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `${question} must be the same both times; nothing was done`,
    );
  }
  return secret;
}

const askFor = async (question: string): Promise<string> =>
  (await ask(`${question}: `, {
    isHidden: true,
    otherwise: `give a file with the ${question}, or - for standard input`,
  })) ?? '';
