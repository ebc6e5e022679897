import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { TenantBackupError } from '../../../functions/errors.ts';

/** Reads a text file in UTF-8, or standard input (`-`).
 * @throws INVALID_REQUEST if it cannot be read, or has another encoding */
export const readText = async (file: string): Promise<string> =>
  file === '-'
    ? decodeText(await buffer(process.stdin), 'standard input')
    : decodeText(await readBytes(file), `file ${file}`);

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

/** Writes a new file; never overwrites one. It writes beside the file first, so that a full disk leaves no half file.
 * @param mode its permissions
 * @throws INVALID_REQUEST if it exists or has no folder; OUTPUT_FAILED if the disk is full or the folder read-only */
export async function writeNew(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  const beside = join(dirname(file), `.${basename(file).slice(0, 100)}.${randomUUID()}`);
  try {
    await writeFile(beside, content, { mode, flag: 'wx', flush: true });
    await nameOnce(beside, file);
  } catch (error) {
    refuse(file, 'written')(error as NodeJS.ErrnoException);
  } finally {
    await rm(beside, { force: true }).catch(() => {});
  }
}

/** Makes a folder that only the owner can read, unless it exists.
 * @throws as `writeNew` */
export const makeFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(refuse(folder, 'made'));
};

/** Errors of file systems without hard links. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Gives a file its name. Unlike a rename, a link replaces no file. */
async function nameOnce(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code)) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

/** Errors that another path avoids; every other error is one of the machine. */
const OF_THE_PATH: ReadonlySet<string | undefined> = new Set([
  'EEXIST',
  'EISDIR',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTDIR',
]);

const refuse =
  (file: string, done: 'read' | 'written' | 'made') =>
  (cause: NodeJS.ErrnoException): never => {
    const { code } = cause;
    throw new TenantBackupError(
      done === 'read' || OF_THE_PATH.has(code) ? 'INVALID_REQUEST' : 'OUTPUT_FAILED',
      `file ${file} cannot be ${done}: ${code === 'EEXIST' ? 'it exists' : code}`,
      {},
      { cause },
    );
  };
