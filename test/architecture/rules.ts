import type { IForbiddenRuleType } from 'dependency-cruiser';

/** What may import what. */

/** A folder in a lower row imports nothing from the rows above it. */
const LAYERS = [
  ['drill', 'audit', 'status'],
  ['restore'],
  ['dispatch', 'plan'],
  ['backup'],
  ['probe', 'state'],
  ['tenant', 'config', 'vault'],
] as const;

const VERBS = ['drill', 'audit', 'status', 'restore', 'dispatch', 'plan', 'backup', 'probe', 'state'];
export const NOUNS = ['tenant', 'config', 'vault'];

/** The rooms of a folder: each knows those before it, never those after it. What lies in the folder itself knows them all. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
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
  '^functions/(errors|defect|parse|aws-errors|aws-patience|escrow-key|duplicate-members|map-limited|signing-key|runtime/names|runtime/version)\\.ts$';

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
export const RULES_FOR_ALL: IForbiddenRuleType[] = [
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
    name: 'no file imports a Lambda entry',
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
export const RULES_FOR_VALUES: IForbiddenRuleType[] = [
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
