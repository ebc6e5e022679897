/**
 * Writes the licences of the packages in a bundle beside it, in place of esbuild's list of them. The CDK runs it after it bundled a
 * function.
 *
 *     node scripts/third-party.ts FOLDER
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The file with the licences, beside the bundle. */
export const THIRD_PARTY = 'THIRD-PARTY.txt';

/** What esbuild writes of a bundle.
 * @see https://esbuild.github.io/api/#metafile */
interface Metafile {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

interface Package {
  /** `name version (licence)`. */
  readonly title: string;
  readonly text: string;
}

/** Returns the folders of the packages of which a bundle holds code, sorted. */
export function packagesOf({ outputs }: Metafile): string[] {
  const files = Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0]);
  return [...new Set(files.filter((folder) => folder !== undefined))].sort();
}

/** Reads the licence of an installed package, and its notices.
 * @throws Error for a package that names no licence */
export function readPackage(folder: string): Package {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  if (typeof license !== 'string') throw new Error(`${name} ${version} names no licence`);
  const text = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return { title: `${name} ${version} (${license})`, text: text.join('\n\n') };
}

/** Writes each licence once, after the packages that have it. */
export function thirdPartyText(packages: readonly Package[]): string {
  const byText = Map.groupBy(packages, ({ text }) => createHash('sha256').update(text).digest('hex'));
  return [...byText.values()]
    .map((same) => [...same.map(({ title }) => title), '', same[0]?.text ?? ''].join('\n'))
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n');
}

if (process.argv[1] === import.meta.filename) {
  const folder = resolve(process.argv[2] ?? '.');
  const metafile = join(folder, 'index.meta.json');
  const project = join(import.meta.dirname, '..');
  const folders = packagesOf(JSON.parse(readFileSync(metafile, 'utf8')));
  const packages = folders.map((each) => readPackage(resolve(project, each)));
  writeFileSync(join(folder, THIRD_PARTY), thirdPartyText(packages));
  // It holds paths of this machine, which must not decide whether a function is deployed again.
  rmSync(metafile);
}
