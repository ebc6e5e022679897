import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type IForbiddenRuleType } from 'dependency-cruiser';
import { RULES_FOR_ALL, RULES_FOR_VALUES } from './rules.ts';

/** Reads the imports of sources and holds them against the rules. */

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Import {
  readonly specifier: string;
  /** Gone at run time. */
  readonly typeOnly: boolean;
}

/** The imports and re-exports of a file, as Biome formats them. */
export const importsOf = (text: string): Import[] => [
  ...[...text.matchAll(/^(?:import|export)(\s+type)?\s+(?:[\w*\s{},]+?\s+from\s+)?'([^']+)'/gm)].map(
    (match) => ({
      specifier: match[2] ?? '',
      typeOnly: match[1] !== undefined,
    }),
  ),
  ...[...text.matchAll(/\bimport\('([^']+)'\)/g)].map((match) => ({
    specifier: match[1] ?? '',
    typeOnly: false,
  })),
];

/** Sources by their paths. */
export type Sources = ReadonlyMap<string, string>;

/** dependency-cruiser cannot parse with TypeScript 7, which has no programming interface yet. It is given JavaScript
 * of the same names that has nothing but the imports. */
async function cruiseImports(
  sources: Sources,
  rules: IForbiddenRuleType[],
  keep: (found: Import) => boolean,
) {
  const folder = await mkdtemp(join(tmpdir(), 'architecture-'));
  try {
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), await readFile(join(ROOT, 'package.json')));
    for (const [file, text] of sources) {
      const lines = importsOf(text)
        .filter(keep)
        .map(({ specifier }) => `import '${specifier.replace(/^(\..*\.ts)$/, '$1.js')}';\n`);
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, `${file}.js`), lines.join(''));
    }
    const folders = [...new Set([...sources.keys()].map((file) => file.split('/')[0] ?? ''))];
    const asJavaScript = JSON.parse(
      JSON.stringify(rules).replaceAll('\\\\.ts$', '\\\\.ts\\\\.js$'),
    ) as typeof rules;
    const { output } = await cruise(folders, {
      baseDir: folder,
      preserveSymlinks: true,
      doNotFollow: { path: 'node_modules' },
      validate: true,
      ruleSet: { forbidden: asJavaScript },
    });
    if (typeof output === 'string') throw new Error(output);
    const asTypeScript = (text: string) => text.replaceAll('.ts.js', '.ts');
    return {
      edges: output.modules.flatMap(({ source, dependencies }) =>
        dependencies.map(({ resolved }) => asTypeScript(`${source} → ${resolved}`)),
      ),
      breaches: output.summary.violations.map(({ rule, from, to }) =>
        asTypeScript(`${rule.name}: ${from} → ${to}`),
      ),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function judge(sources: Sources) {
  const all = await cruiseImports(sources, RULES_FOR_ALL, () => true);
  const values = await cruiseImports(sources, RULES_FOR_VALUES, ({ typeOnly }) => !typeOnly);
  return { edges: all.edges, values: values.edges, breaches: [...all.breaches, ...values.breaches] };
}

export async function sourcesOf(...folders: string[]): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const folder of folders) {
    for (const file of await readdir(join(ROOT, folder), { recursive: true })) {
      const path = join(folder, file);
      if (path.endsWith('.ts')) sources.set(path, await readFile(join(ROOT, path), 'utf8'));
    }
  }
  return sources;
}
