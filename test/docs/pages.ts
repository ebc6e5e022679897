import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The pages that people read, and what is in them. */

export const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

export interface Page {
  /** From the project's folder. */
  readonly path: string;
  readonly text: string;
}

const read = (path: string): Page => ({ path, text: readFileSync(`${PROJECT}${path}`, 'utf8') });

export const pages: readonly Page[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(`${PROJECT}docs`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map(read);

/** A command line as somebody reads it. */
export interface DocumentedCommand {
  readonly page: string;
  /** On one line, without prompt, trailing comment and needless spaces. */
  readonly command: string;
}

interface Fence {
  readonly info: string;
  readonly body: string;
}

const fencesOf = (text: string): Fence[] =>
  [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(([, info = '', body = '']) => ({ info, body }));

const tidy = (command: string): string =>
  command
    .replace(/\s+# .*$/, '')
    .replace(/\s+/g, ' ')
    .trim();

/** The lines of a shell's block, with those put together that a backslash parts. */
const linesOf = (body: string): string[] =>
  body
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map(tidy)
    .filter((line) => line !== '' && !line.startsWith('#'));

/** Every command of all pages: the lines of blocks `sh`, and those with a prompt in blocks that show output. Blocks with a
 * further word (`sh break-glass`) are tested as a whole by whoever knows that word. */
export const documentedCommands: readonly DocumentedCommand[] = pages.flatMap(({ path, text }) =>
  fencesOf(text).flatMap(({ info, body }) => {
    const commands =
      info === 'sh'
        ? linesOf(body)
        : info === ''
          ? linesOf(body)
              .filter((line) => line.startsWith('$ '))
              .map((line) => line.slice(2))
          : [];
    return commands.map((command) => ({ page: path, command }));
  }),
);

/** Further words of `sh` blocks. */
export const shellWords: ReadonlySet<string> = new Set(
  pages.flatMap(({ text }) =>
    fencesOf(text)
      .filter(({ info }) => info.startsWith('sh '))
      .map(({ info }) => info.slice(3)),
  ),
);

/** Text outside of fences: where links, and code between backticks, are. */
export const proseOf = ({ text }: Page): string => text.replaceAll(/^```[^\n]*\n[\s\S]*?^```$/gm, '');

/** Anchors of the headings, as code hosts make them. */
export const anchorsOf = (page: Page): ReadonlySet<string> =>
  new Set(
    [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

/** Words of a command line as a shell would make them, up to where another command begins; variables stay. */
export function wordsOf(command: string): string[] {
  const words = [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"|;&)])+|[|;&)]/g)].map(([word]) => word);
  const end = words.findIndex((word) => /^[|;&)]$/.test(word));
  return (end < 0 ? words : words.slice(0, end)).map((word) => word.replaceAll(/['"]/g, ''));
}
