import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { TenantBackupError } from '../../functions/errors.ts';
import { readText } from './files.ts';

/** Read a secret from where it is not seen: a file, standard input (`-`), or a prompt that does not echo. Never from an
 * argument, which every process on the machine can read.
 * @param file path, `-`, or undefined to ask
 * @returns without the line end that editors add */
export async function readSecret(question: string, file: string | undefined): Promise<string> {
  const secret = (
    await (file === undefined ? ask(question) : file === '-' ? text(process.stdin) : readText(file))
  )
    // One line end only: a secret may end with a space.
    .replace(/\r?\n$/, '');
  if (secret === '') throw new TenantBackupError('INVALID_REQUEST', `${question} must not be empty`);
  return secret;
}

async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `${question}: no terminal to ask on; give a file, or - for standard input`,
    );
  }
  process.stderr.write(`${question}: `);
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: process.stdin, output: mute, terminal: true });
  try {
    return await prompt.question('');
  } finally {
    prompt.close();
    process.stderr.write('\n');
  }
}
