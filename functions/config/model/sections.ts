/** Names the members of an export that hold objects of their own. All other members (settings, unknown members) are
 * part of the object in whose body they lie. */

/** Types of the objects in an export, in SecureAuth's words. */
export type ObjectType =
  | 'tenant'
  | 'feature'
  | 'mfa_method'
  | 'pool'
  | 'schema'
  | 'theme'
  | 'template'
  | 'translation'
  | 'server'
  | 'client'
  | 'idp'
  | 'service'
  | 'scope'
  | 'api'
  | 'claim'
  | 'policy'
  | 'policy_execution_point'
  | 'script'
  | 'script_execution_point'
  | 'gateway'
  | 'gateway_api_group'
  | 'custom_app'
  | 'webhook'
  | 'servers_binding'
  | 'server_consent'
  | 'ciba_authentication_service'
  | 'theme_binding';

export interface Section {
  readonly type: ObjectType;
  /** How many map keys lead to one object: 0 for a single object, 1 for a map, 2 for a map of maps. */
  readonly keys: 0 | 1 | 2;
  /** Whether an empty value means that there is no object: a row that is only a link, or a single object that
   * SecureAuth shows although it was never created. */
  readonly emptyMeansNone?: boolean;
  readonly sections?: Sections;
}
export type Sections = Readonly<Record<string, Section>>;

const map = (type: ObjectType, sections: Sections = {}): Section => ({ type, keys: 1, sections });
const single = (type: ObjectType): Section => ({ type, keys: 0, emptyMeansNone: true });

/** Sections of a workspace (TreeServer). Policy execution points of clients and scopes stay part of their owners. */
export const WORKSPACE_SECTIONS: Sections = {
  clients: map('client'),
  idps: map('idp'),
  services: map('service', { scopes: map('scope'), apis: map('api') }),
  scopes_without_service: map('scope'),
  claims: { type: 'claim', keys: 2 },
  policies: map('policy'),
  policy_execution_points: { type: 'policy_execution_point', keys: 1, emptyMeansNone: true },
  scripts: map('script'),
  script_execution_points: { type: 'script_execution_point', keys: 2, emptyMeansNone: true },
  gateways: map('gateway', { gateway_api_groups: map('gateway_api_group') }),
  custom_apps: map('custom_app'),
  webhooks: map('webhook'),
  servers_bindings: { type: 'servers_binding', keys: 1, emptyMeansNone: true },
  pools: map('pool'),
  server_consent: single('server_consent'),
  ciba_authentication_service: single('ciba_authentication_service'),
  theme_binding: single('theme_binding'),
};

/** Sections of a tenant (TreeTenant). */
export const TENANT_SECTIONS: Sections = {
  features: map('feature'),
  mfa_methods: map('mfa_method'),
  pools: map('pool'),
  schemas: map('schema'),
  themes: map('theme', { templates: map('template') }),
  translations: map('translation'),
  servers: map('server', WORKSPACE_SECTIONS),
};

/** Path patterns of all maps that hold objects, in a tenant and in a workspace. */
export const COLLECTION_PATTERNS: readonly string[] = [
  ...collections(WORKSPACE_SECTIONS, ''),
  ...collections(TENANT_SECTIONS, ''),
];

function collections(sections: Sections, prefix: string): string[] {
  return Object.entries(sections).flatMap(([name, { keys, sections: nested = {} }]) => {
    const own = prefix + name;
    const maps = keys === 0 ? [] : keys === 1 ? [own] : [own, `${own}.*`];
    return [...maps, ...collections(nested, `${own}.*.`)];
  });
}
