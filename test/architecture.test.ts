import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type IForbiddenRuleType } from 'dependency-cruiser';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** A folder in a lower row imports nothing from the rows above it. */
const LAYERS = [
  ['drill', 'audit', 'status'],
  ['restore'],
  ['dispatch', 'plan'],
  ['backup'],
  ['state'],
  ['tenant', 'config', 'vault'],
] as const;

const VERBS = ['drill', 'audit', 'status', 'restore', 'dispatch', 'plan', 'backup', 'state'];
const NOUNS = ['tenant', 'config', 'vault'];

/** The rooms of a folder: each knows those before it, never those after it. What lies in the folder itself knows them all. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'functions/config': [
    'json',
    'model',
    'credentials',
    'references',
    'compare',
    'select',
    'change',
    'transform',
    'export',
  ],
  'functions/vault': ['format', 'keys', 'retention', 'storage'],
  'functions/tenant': ['enrolment', 'http', 'api'],
  'functions/restore': ['record', 'source', 'parts', 'run'],
  'scripts/cli': ['ui', 'aws', 'commands'],
};

const roomRules: IForbiddenRuleType[] = Object.entries(ROOMS).flatMap(([folder, rooms]) =>
  rooms.map((room, index) => ({
    name: `${folder}/${room} knows only the rooms before it`,
    severity: 'error',
    from: { path: `^${folder}/${room}/` },
    to: {
      path: `^${folder}/`,
      pathNot: `^${folder}/(${rooms.slice(0, index + 1).join('|')})/`,
    },
  })),
);

/** Modules at the bottom: everyone may know them, and they know each other at most. */
const LEAVES =
  '^functions/(errors|defect|parse|aws-errors|aws-patience|escrow-key|map-limited|signing-key|runtime/names|runtime/version)\\.ts$';

/** What a plain file must not know: the world outside comes in as an argument. Ciphers are not the world outside, as
 * long as no KMS is behind them. */
const OUTSIDE =
  'node_modules/(@aws-sdk|@aws-crypto/kms|@aws-lambda-powertools|@middy|oauth4webapi)' +
  '|^(node:)?(fs|http|https|http2|net|tls|dns|child_process|worker_threads|process|timers)(/|$)';

/** Libraries of the Lambda entries alone. The npm package has them within the bundles, so they are no dependency of it. */
const BUNDLED = 'node_modules/(@aws-lambda-powertools|@middy|@aws-sdk/client-sns)/';

const anyOf = (names: readonly string[]) => `^functions/(${names.join('|')})/`;

const layerRules: IForbiddenRuleType[] = LAYERS.slice(1).map((lower, index) => ({
  name: `${lower.join(', ')} know nothing of ${LAYERS.slice(0, index + 1)
    .flat()
    .join(', ')}`,
  severity: 'error',
  from: { path: anyOf(lower) },
  to: { path: anyOf(LAYERS.slice(0, index + 1).flat()) },
}));

/** What no import may do, be it of types alone. */
const RULES_FOR_ALL: IForbiddenRuleType[] = [
  ...layerRules,
  ...roomRules,
  ...NOUNS.map(
    (noun): IForbiddenRuleType => ({
      name: `${noun} does not know the other nouns`,
      severity: 'error',
      from: { path: anyOf([noun]) },
      to: { path: anyOf(NOUNS.filter((other) => other !== noun)) },
    }),
  ),
  {
    name: 'leaves know leaves alone',
    severity: 'error',
    from: { path: LEAVES },
    to: { path: '^(functions|infra|scripts)/', pathNot: LEAVES },
  },
  {
    name: 'nouns know nothing of the composition, not even its types',
    severity: 'error',
    from: { path: anyOf(NOUNS) },
    to: { path: '^functions/runtime/', pathNot: LEAVES },
  },
  {
    name: 'no import goes in a circle',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'verbs and texts of the command leave the AWS SDK to scripts/cli/aws',
    severity: 'error',
    from: { path: '^scripts/cli/(commands|ui)/' },
    to: { path: 'node_modules/@aws-sdk' },
  },
  {
    name: 'nobody imports a Lambda entry',
    severity: 'error',
    from: {},
    to: { path: '\\.lambda\\.ts$' },
  },
  {
    name: 'functions know neither infra nor scripts nor tests',
    severity: 'error',
    from: { path: '^functions/' },
    to: { path: '^(infra|scripts|test)/' },
  },
  {
    name: 'infra knows of the functions only names, errors and the rules that both follow',
    severity: 'error',
    from: { path: '^infra/' },
    to: {
      path: '^(functions|scripts|test)/',
      pathNot: `${LEAVES}|^functions/(vault/retention/retention-[\\w-]+|(audit|drill)/settings)\\.ts$`,
    },
  },
];

/** What no import that is still there at run time may do. */
const RULES_FOR_VALUES: IForbiddenRuleType[] = [
  {
    name: 'every import leads somewhere',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'steps know only types of the composition',
    severity: 'error',
    from: { path: anyOf(VERBS), pathNot: '\\.lambda\\.ts$' },
    to: { path: '^functions/runtime/', pathNot: LEAVES },
  },
  {
    name: 'plain files know only types of clients',
    severity: 'error',
    from: { path: '^functions/', pathNot: '\\.(lambda|client)\\.ts$|^functions/runtime/clients\\.ts$' },
    to: { path: '\\.(client|lambda)\\.ts$' },
  },
  {
    name: 'plain files do not talk to the outside',
    severity: 'error',
    from: { path: '^functions/', pathNot: '\\.(lambda|client)\\.ts$|^functions/runtime/' },
    to: { path: OUTSIDE },
  },
  {
    name: 'what is deployed needs no development dependency',
    severity: 'error',
    from: { path: '^(functions|scripts/cli)/' },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: BUNDLED },
  },
];

interface Import {
  readonly specifier: string;
  /** Gone at run time. */
  readonly typeOnly: boolean;
}

/** The imports and re-exports of a file, as Biome formats them. */
const importsOf = (text: string): Import[] => [
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
type Sources = ReadonlyMap<string, string>;

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

async function judge(sources: Sources) {
  const all = await cruiseImports(sources, RULES_FOR_ALL, () => true);
  const values = await cruiseImports(sources, RULES_FOR_VALUES, ({ typeOnly }) => !typeOnly);
  return { edges: all.edges, values: values.edges, breaches: [...all.breaches, ...values.breaches] };
}

async function sourcesOf(...folders: string[]): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const folder of folders) {
    for (const file of await readdir(join(ROOT, folder), { recursive: true })) {
      const path = join(folder, file);
      if (path.endsWith('.ts')) sources.set(path, await readFile(join(ROOT, path), 'utf8'));
    }
  }
  return sources;
}

/** Code of a file without its comments and texts. */
const codeOf = (text: string): string =>
  text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replaceAll(/(^|\s)\/\/.*$/gm, '$1');

/** Time, chance and environment: arguments of plain files. */
const AMBIENT =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\brandomUUID\b|\brandomBytes\b|\bsetTimeout\b/;

const plainFiles = async (): Promise<string[]> =>
  (await readdir(join(ROOT, 'functions'), { recursive: true }))
    .filter((file) => file.endsWith('.ts') && !/\.(lambda|client)\.ts$|^runtime\//.test(file))
    .sort();

describe('imports', () => {
  test('go in the directions that the design allows', async () => {
    const { edges, values, breaches } = await judge(
      await sourcesOf('functions', 'infra', 'scripts/cli', 'scripts/terminal'),
    );
    expect(breaches).toEqual([]);
    // A search that sees nothing would find nothing.
    expect(edges).toContain(
      'functions/restore/run/execute-restore.ts → functions/backup/take-safety-backup.ts',
    );
    expect(edges).toContain('functions/restore/source/restore-plan.ts → functions/runtime/clients.ts');
    expect(values).not.toContain('functions/restore/source/restore-plan.ts → functions/runtime/clients.ts');
    expect(
      values.some((edge) => /^functions\/vault\/storage\/vault\.client\.ts → .*@aws-sdk/.test(edge)),
    ).toBe(true);
  });

  test.each<[rule: RegExp, file: string, imported: string]>([
    [
      /^tenant, config, vault know nothing of/,
      'config/bad.ts',
      "import type { B } from '../backup/take-backup.ts';",
    ],
    [
      /^backup know nothing of/,
      'backup/bad.ts',
      "import { verifyTree } from '../restore/parts/verification.ts';",
    ],
    [
      /^tenant does not know the other nouns/,
      'tenant/bad.ts',
      "import { a } from '../vault/format/layout.ts';",
    ],
    [
      /^functions\/config\/json knows only/,
      'config/json/bad.ts',
      "import type { A } from '../compare/drift.ts';",
    ],
    [/^functions\/vault\/keys knows only/, 'vault/keys/bad.ts', "import { a } from '../chain.ts';"],
    [/^leaves know leaves alone/, 'errors.ts', "export { parseJson } from './config/json/json.ts';"],
    [/^nouns know nothing of/, 'vault/bad.ts', "import type { Clients } from '../runtime/clients.ts';"],
    [/^nobody imports a Lambda/, 'backup/bad.ts', "import type { handler } from './backup.lambda.ts';"],
    [/^functions know neither/, 'vault/bad.ts', "import * as stack from '../../infra/stack.ts';"],
    [/^every import leads/, 'vault/bad.ts', "import { a } from './not-there.ts';"],
    [/^no import goes in a circle/, 'config/json/pointer.ts', "import '../compare/compare.ts';"],
    [/^steps know only types/, 'backup/bad.ts', "import { createClients } from '../runtime/clients.ts';"],
    [
      /^plain files know only types/,
      'restore/bad.ts',
      "import {\n  a,\n  type B,\n} from '../vault/storage/vault.client.ts';",
    ],
    [/^plain files do not talk/, 'vault/bad.ts', "import { request } from 'node:https';"],
    [/^plain files do not talk/, 'vault/bad.ts', "const s3 = await import('@aws-sdk/client-s3');"],
    [/^what is deployed needs no/, 'vault/bad.ts', "import fc from 'fast-check';"],
  ])('that break the rule %s are found in %s: %s', async (rule, file, imported) => {
    const sources = await sourcesOf('functions', 'infra');
    sources.set(`functions/${file}`, `${imported}\n${sources.get(`functions/${file}`) ?? ''}`);
    const { breaches } = await judge(sources);
    expect(breaches.filter((breach) => rule.test(breach))).not.toEqual([]);
  });

  test.each(['commands/bad.ts', 'ui/bad.ts'])('of the AWS SDK by scripts/cli/%s are found', async (file) => {
    const sources = await sourcesOf('scripts/cli');
    sources.set(`scripts/cli/${file}`, "import type { S3Client } from '@aws-sdk/client-s3';");
    const { breaches } = await judge(sources);
    expect(breaches.filter((breach) => /leave the AWS SDK/.test(breach))).toHaveLength(1);
  });

  test.each(Object.entries(ROOMS))('know every room of %s', async (folder, rooms) => {
    const entries = await readdir(join(ROOT, folder), { withFileTypes: true });
    const found = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(found.toSorted()).toEqual([...rooms].sort());
  });

  const WITH_PAGES = [...NOUNS.map((noun) => `functions/${noun}`), 'scripts/cli'];

  test.each(WITH_PAGES)('are those that each room of %s names on its page', async (folder) => {
    const rooms = ROOMS[folder] ?? [];
    expect(rooms.length).toBeGreaterThan(0);
    for (const [index, room] of rooms.entries()) {
      const page = await readFile(join(ROOT, folder, room, 'index.md'), 'utf8');
      expect(page).toMatch(new RegExp(`^# ${room}\n\n\\S`));
      const before = rooms.slice(0, index).join(', ');
      expect(page).toContain(index === 0 ? 'It imports no other room.' : `It may import: ${before}.`);
    }
  });

  test('are all read, however they are written', async () => {
    const text = [
      "import './a.ts';",
      "import b, { type C } from './b.ts';",
      "import type { D } from './d.ts';",
      "export * from './e.ts';",
      "export type { F } from './f.ts';",
      "import {\n  g,\n} from './g.ts';",
      "// import './not.ts';",
    ].join('\n');
    expect(importsOf(text).map(({ specifier, typeOnly }) => [specifier, typeOnly])).toEqual([
      ['./a.ts', false],
      ['./b.ts', false],
      ['./d.ts', true],
      ['./e.ts', false],
      ['./f.ts', true],
      ['./g.ts', false],
    ]);
    for (const [file, source] of await sourcesOf('functions', 'infra', 'scripts/cli')) {
      expect(importsOf(source).filter(({ specifier }) => specifier !== '').length, file).toBe(
        source.split('\n').filter((line) => /^(import|export|\}).* from '|^import '/.test(line)).length,
      );
    }
  });
});

describe('plain files', () => {
  test('know no clock, no chance and no environment', async () => {
    const files = await plainFiles();
    expect(files).toContain('restore/restore.ts');
    const guilty = await Promise.all(
      files.map(async (file) => {
        const found = AMBIENT.exec(codeOf(await readFile(join(ROOT, 'functions', file), 'utf8')));
        return found ? [`${file}: ${found[0]}`] : [];
      }),
    );
    expect(guilty.flat()).toEqual([]);
  });

  test.each([
    'const now = Date.now();',
    'return new Date().toISOString();',
    'const pause = Math.random() * 2;',
    "const key = process.env['KEY'];",
    "const a = ''; // comment\nconst b = new Date();",
  ])('are found out by %j', (code) => {
    expect(codeOf(code)).toMatch(AMBIENT);
  });

  test.each(['const then = new Date(text);', '/** Date.now() */', "// process.env\nconst a = 'new Date()';"])(
    'are not accused of %j',
    (code) => {
      expect(codeOf(code)).not.toMatch(AMBIENT);
    },
  );
});

describe('Lambda entries', () => {
  test('are wrapped by the one middleware stack', async () => {
    const files = (await readdir(join(ROOT, 'functions'), { recursive: true })).filter((file) =>
      file.endsWith('.lambda.ts'),
    );
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const file of files) {
      expect(await readFile(join(ROOT, 'functions', file), 'utf8'), file).toMatch(
        /^export const handler = lambda(<|\()/m,
      );
    }
  });
});
