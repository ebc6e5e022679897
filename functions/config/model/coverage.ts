/** Lists what each of SecureAuth's exports holds, and what none holds: no single export returns a whole tenant. */
import type { ObjectType } from './sections.ts';

/** - `hub`: the tree of a tenant or of a workspace
 * - `system`: the flat dump; its root variant for all tenants of a self-hosted deployment
 * - `identity`: users, and the pools that they are in */
export type ExportKind = 'hub' | 'system' | 'identity';

export const EXPORT_KINDS: readonly ExportKind[] = ['hub', 'system', 'identity'];

/** Types of objects without which an export is empty. Losing all objects of one of them is no ordinary change. */
export const ESSENTIAL_TYPES: Readonly<Record<ExportKind, readonly string[]>> = {
  hub: ['server'],
  system: ['servers'],
  identity: ['pools', 'users'],
};

/** One kind of content of a tenant. */
export interface CoverageEntry {
  readonly what: string;
  /** Types of its objects in a tree; empty if the hub export lacks it. */
  readonly hub: readonly ObjectType[];
  /** Its collections in a dump. */
  readonly system: readonly string[];
  /** Its collections in an identity dump. */
  readonly identity: readonly string[];
  /** One line: what a reader should know about it, or where to find it instead. */
  readonly note: string;
  /** The exports hold it only for an enrolment that asks for it: a backup without such objects does not hold it. */
  readonly onRequest?: true;
}

type Places = Partial<Pick<CoverageEntry, ExportKind | 'onRequest'>>;
const entry = (what: string, places: Places, note: string): CoverageEntry => ({
  what,
  hub: [],
  system: [],
  identity: [],
  ...places,
  note,
});

/** All known content of a tenant: first the tenant, then its workspaces, users, and runtime data. */
export const COVERAGE: readonly CoverageEntry[] = [
  entry(
    'tenant: name, settings, styling, signing keys',
    { hub: ['tenant'], system: ['tenant', 'tenants'] },
    '`tenants` in the dump of a whole deployment',
  ),
  entry('feature flags', { hub: ['feature'], system: ['feature_flags'] }, 'those that were set'),
  entry(
    'MFA methods',
    { hub: ['mfa_method'], system: ['mfa_methods'] },
    'with the credentials of their providers',
  ),
  entry('themes', { hub: ['theme', 'template'], system: ['themes', 'templates'] }, 'with their templates'),
  entry(
    'translations',
    { hub: ['translation'], system: ['translations'] },
    "the tenant's own; built-in ones are not needed",
  ),
  entry(
    'identity pools',
    { hub: ['pool'], identity: ['pools'] },
    'their settings; the people in them are below',
  ),
  entry('identity schemas', { hub: ['schema'], identity: ['schemas'] }, 'built-in ones may be missing'),
  entry(
    'brute-force limits',
    { system: ['brute_force_limits'] },
    "the tenant's own limits per protected thing",
  ),
  entry('consents', { system: ['consents', 'consent_actions'] }, 'what people can be asked to agree to'),
  entry(
    'recurring jobs',
    { system: ['recurring_jobs'] },
    'with the time of their next run, which changes by itself',
  ),
  entry('roles', { system: ['roles'] }, 'who administers a tenant, a workspace or a pool'),
  entry('rate limits', { system: ['rate_limits'] }, 'only in the root dump of a self-hosted deployment'),
  entry(
    'licences',
    { system: ['licenses'] },
    'only in the root dump; in newer builds only in the licensing API',
  ),

  entry('workspaces', { hub: ['server'], system: ['servers'] }, 'settings, signing keys, salts'),
  entry(
    'clients',
    { hub: ['client'], system: ['clients'] },
    'the tree embeds clients in what they serve, without their ids: a deleted one gets a new id',
  ),
  entry('identity providers', { hub: ['idp'], system: ['idps'] }, 'with their credentials'),
  entry(
    'services and APIs',
    { hub: ['service', 'api'], system: ['services', 'apis'] },
    'with the policy of each API',
  ),
  entry(
    'scopes',
    { hub: ['scope'], system: ['scopes_without_service', 'scopes'] },
    'their ids change on import; `scopes` are those of services',
  ),
  entry('claims', { hub: ['claim'], system: ['claims'] }, 'their ids change on import'),
  entry(
    'policies',
    {
      hub: ['policy', 'policy_execution_point'],
      system: ['policies', 'policy_execution_points', 'cross_tenant_api_policy_bindings'],
    },
    'with their execution points',
  ),
  entry(
    'scripts',
    { hub: ['script', 'script_execution_point'], system: ['scripts', 'script_execution_points'] },
    'with their execution points',
  ),
  entry(
    'secrets of scripts',
    { system: ['secrets'] },
    'their values may come back empty: keep them elsewhere too',
  ),
  entry(
    'gateways',
    { hub: ['gateway', 'gateway_api_group'], system: ['gateways', 'gateway_api_groups'] },
    'with their groups of APIs',
  ),
  entry('custom apps', { hub: ['custom_app'], system: ['custom_apps'] }, 'pages after sign-in'),
  entry('webhooks', { hub: ['webhook'], system: ['webhooks'] }, 'with their API keys'),
  entry(
    'bindings between workspaces',
    { hub: ['servers_binding'], system: ['servers_bindings'] },
    'what a developer portal shows',
  ),
  entry(
    'consent page',
    { hub: ['server_consent'], system: ['server_consents'] },
    'which one it is, and how it is reached',
  ),
  entry(
    'CIBA',
    { hub: ['ciba_authentication_service'], system: ['ciba_authentication_services'] },
    'with the credentials of the service',
  ),
  entry(
    'bindings of themes',
    { hub: ['theme_binding'], system: ['theme_bindings'] },
    "the theme itself is the tenant's",
  ),
  entry(
    'schedules of automatic key rotation',
    { system: ['automatic_key_rotations'], onRequest: true },
    'those that are enabled, if the enrolment has `keyRotation`; without a start that lies ahead',
  ),
  entry('ACRs', { system: ['acrs'] }, 'clients name them'),
  entry('authorization details', { system: ['authorization_details'] }, 'clients name their types'),
  entry(
    'vanity domains',
    { system: ['vanity_domains'] },
    'with certificate and private key, if the export shows these',
  ),

  entry('users', { identity: ['users', 'user_identifiers', 'user_verifiable_addresses'] }, "people's data"),
  entry(
    'credentials of users',
    { identity: ['user_credentials', 'codes'] },
    'password hashes, seeds of one-time passwords, pending codes',
  ),
  entry('groups', { identity: ['groups', 'group_members'] }, "people's data"),

  entry(
    'grants',
    { system: ['scope_grants', 'claim_grants', 'consent_grants'] },
    'runtime data: probably only with `with_data=true`',
  ),
  entry(
    'open-banking consents and arrangements',
    {
      system: [
        'cdr_arrangements',
        'openbanking_br_consents',
        'openbanking_fdx_consents',
        'openbanking_file_payment_consent_file_resources',
        'openbanking_ksa_consents',
        'openbanking_uk_consents',
      ],
    },
    'runtime data: probably only with `with_data=true`',
  ),
  entry(
    'audit and privacy events',
    { system: ['audit_events', 'privacy_ledger_events'] },
    'runtime data: probably only with `with_data=true`',
  ),

  entry(
    'permission systems',
    {},
    'their API takes only tokens of the workspace `admin` (`spec/permissions.yaml` of ciam-client-go, 2026-11)',
  ),
  entry('sessions and issued tokens', {}, 'no API for configuration shows them: people sign in again'),
  entry(
    'settings of a self-hosted deployment',
    {},
    'environment and files of the servers, outside of every tenant',
  ),
];

const IN_TREE: ReadonlySet<string> = new Set(
  COVERAGE.filter(({ hub }) => hub.length > 0).flatMap(({ system }) => system),
);

/** Tells whether the tree lacks what a collection of the dump holds. An unknown collection counts as such. */
export const isBesideTree = (collection: string): boolean => !IN_TREE.has(collection);

const ON_REQUEST: ReadonlySet<string> = new Set(
  COVERAGE.filter(({ onRequest }) => onRequest).flatMap(({ system }) => system),
);

/** Tells whether a collection has an API of its own, which an enrolment may not name. */
export const isOnRequest = (collection: string): boolean => ON_REQUEST.has(collection);

const OF_ONE_TENANT: ReadonlySet<string> = new Set(['roles', 'vanity_domains']);

/** Tells whether the objects of a collection mean nothing in another tenant: roles are of people whom it lacks, and a vanity
 * domain leads to one tenant. */
export const isOfOneTenant = (collection: string): boolean => OF_ONE_TENANT.has(collection);

/** Lists what a backup of some exports lacks, in the order of the table.
 * @param kinds of the exports that it holds */
export const notCoveredBy = (kinds: readonly ExportKind[]): readonly CoverageEntry[] =>
  COVERAGE.filter((covered) => kinds.every((kind) => covered[kind].length === 0));

/** Names the counts of an export's objects in a manifest. Objects of the hub have their type alone; all others have
 * the export's name before it, because some types exist in two exports. */
export const countName = (kind: ExportKind, type: string): string =>
  kind === 'hub' ? type : `${kind}_${type}`;

/** The part of a manifest that describes a backup's content. */
export interface BackupContent {
  /** Names such as `hub.config`. */
  readonly parts: readonly { readonly name: string }[];
  /** Counts of objects, see `countName`. */
  readonly objects: Readonly<Record<string, number>>;
}

/** One line of what a backup holds.
 * - `held`: at least one of its exports holds such content; `objects` is 0 if the tenant has none
 * - `elsewhere`: an export that this backup lacks would hold it
 * - `nowhere`: no API returns them */
export interface CoveredEntry {
  readonly what: string;
  readonly coverage: 'held' | 'elsewhere' | 'nowhere';
  /** Exports of the backup that hold it; if there are none, the exports that would. */
  readonly kinds: readonly ExportKind[];
  /** How many such objects the backup has. If two exports hold them, the larger count. */
  readonly objects: number;
  readonly note: string;
}

/** Lists what one backup holds and lacks, in the order of the table.
 * @param manifest of the backup */
export function coverageOf({ parts, objects }: BackupContent): readonly CoveredEntry[] {
  const held = EXPORT_KINDS.filter((kind) => parts.some(({ name }) => name.startsWith(`${kind}.`)));
  const countOf = (kind: ExportKind, type: string): number => {
    const name = countName(kind, type);
    return Object.hasOwn(objects, name) ? (objects[name] as number) : 0;
  };
  return COVERAGE.map((covered) => {
    const returning = EXPORT_KINDS.filter((kind) => covered[kind].length > 0);
    const holding = returning.filter((kind) => held.includes(kind));
    const sums = holding.map((kind) => covered[kind].reduce((sum, type) => sum + countOf(kind, type), 0));
    const objects = Math.max(0, ...sums);
    const isHeld = holding.length > 0 && (covered.onRequest === undefined || objects > 0);
    const coverage = isHeld ? 'held' : returning.length > 0 ? 'elsewhere' : 'nowhere';
    const kinds = isHeld ? holding : returning;
    return { what: covered.what, coverage, kinds, objects, note: covered.note };
  });
}

/** Formats the table as Markdown: what at least one export holds.
 * @see docs/COVERAGE.md */
export const coverageTable = (): string =>
  markdownTable(
    ['what', ...EXPORT_KINDS, 'to know'],
    COVERAGE.filter((covered) => !notCoveredBy(EXPORT_KINDS).includes(covered)).map((covered) => [
      covered.what,
      ...EXPORT_KINDS.map((kind) => covered[kind].map((name) => `\`${name}\``).join(', ') || '–'),
      covered.note,
    ]),
  );

/** Formats the table as Markdown: what no export holds. */
export const notCoveredTable = (): string =>
  markdownTable(
    ['what', 'to know'],
    notCoveredBy(EXPORT_KINDS).map(({ what, note }) => [what, note]),
  );

const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
