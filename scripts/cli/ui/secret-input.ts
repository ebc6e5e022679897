import { TenantBackupError } from '../../../functions/errors.ts';
import { ask } from './ask.ts';
import { readText } from './files.ts';

/** Reads a secret from a file, standard input (`-`), or a prompt without echo. Never from an argument, which every process on
 * the machine can read.
 * @param file path, `-`, or undefined to ask
 * @returns the secret without trailing line breaks
 * @throws INVALID_REQUEST if it is empty or not UTF-8 */
export async function readSecret(question: string, file: string | undefined): Promise<string> {
  const secret = (await (file === undefined ? askFor(question) : readText(file)))
    // Line breaks only: a secret may end with a space.
    .replace(/[\r\n]+$/, '');
  if (secret === '') throw new TenantBackupError('INVALID_REQUEST', `${question} must not be empty`);
  return secret;
}

/** Reads a new secret. Asks for it twice, as a typing error without echo would be found too late. */
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
