import { readFile, writeFile } from 'node:fs/promises';
import { TenantBackupError } from '../../../functions/errors.ts';

/** @throws INVALID_REQUEST if it cannot be read, or is no text in UTF-8 */
export const readText = async (file: string): Promise<string> =>
  decodeText(await readBytes(file), `file ${file}`);

/** The text of bytes in UTF-8, without the mark that some editors and PowerShell put before it.
 * @param what names it in messages
 * @throws INVALID_REQUEST if it is in another encoding */
export function decodeText(bytes: Uint8Array, what: string): string {
  const refuseAs = (encoding: string): never => {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `${what} must be text in UTF-8, is ${encoding}: save it as UTF-8`,
    );
  };
  // Text has no NUL, and every second byte of plain text in UTF-16 is one.
  const [first, second] = bytes;
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (hasMark || bytes.includes(0)) return refuseAs('UTF-16 or binary');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuseAs('something else');
  }
}

/** @throws INVALID_REQUEST if it cannot be read */
export const readBytes = (file: string): Promise<Buffer> => readFile(file).catch(refuse(file, 'read'));

/** Write a file that must not be there yet.
 * @param mode who may read it
 * @throws INVALID_REQUEST */
export const writeNew = (file: string, content: string | Uint8Array, mode: number): Promise<void> =>
  writeFile(file, content, { mode, flag: 'wx' }).catch(refuse(file, 'written'));

const refuse =
  (file: string, done: string) =>
  (cause: NodeJS.ErrnoException): never => {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `file ${file} cannot be ${done}: ${cause.code === 'EEXIST' ? 'it is there already' : cause.code}`,
      {},
      { cause },
    );
  };
