import { readFile, writeFile } from 'node:fs/promises';
import { TenantBackupError } from '../../functions/errors.ts';

/** @throws INVALID_REQUEST if it cannot be read */
export const readText = (file: string): Promise<string> => readFile(file, 'utf8').catch(refuse(file, 'read'));

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
