import { readFile, writeFile } from 'node:fs/promises';
import { TenantBackupError } from '../../../functions/errors.ts';

/** Reads a text file in UTF-8.
 * @throws INVALID_REQUEST if it cannot be read, or has another encoding */
export const readText = async (file: string): Promise<string> =>
  decodeText(await readBytes(file), `file ${file}`);

/** Decodes UTF-8, and removes the byte order mark that some editors and PowerShell write.
 * @param what names the text in messages
 * @throws INVALID_REQUEST for another encoding */
export function decodeText(bytes: Uint8Array, what: string): string {
  const refuseAs = (encoding: string): never => {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `${what} must be text in UTF-8, is ${encoding}: save it as UTF-8`,
    );
  };
  // UTF-8 text has no NUL byte; UTF-16 text of ASCII letters has one in every pair.
  const [first, second] = bytes;
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (hasMark || bytes.includes(0)) return refuseAs('UTF-16 or binary');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuseAs('another encoding');
  }
}

/** Reads a file.
 * @throws INVALID_REQUEST if it cannot be read */
export const readBytes = (file: string): Promise<Buffer> => readFile(file).catch(refuse(file, 'read'));

/** Writes a new file; never overwrites one.
 * @param mode its permissions
 * @throws INVALID_REQUEST if it exists or cannot be written */
export const writeNew = (file: string, content: string | Uint8Array, mode: number): Promise<void> =>
  writeFile(file, content, { mode, flag: 'wx' }).catch(refuse(file, 'written'));

const refuse =
  (file: string, done: string) =>
  (cause: NodeJS.ErrnoException): never => {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `file ${file} cannot be ${done}: ${cause.code === 'EEXIST' ? 'it exists' : cause.code}`,
      {},
      { cause },
    );
  };
