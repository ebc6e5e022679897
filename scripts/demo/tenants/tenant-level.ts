import type { JsonObject } from '../../sandbox/json.ts';
import type { Company } from './companies.ts';
import type { Maker } from './maker.ts';

/** Everything of a tenant that lies outside its workspaces. */
export const tenantLevel = (make: Maker, company: Company): JsonObject => ({
  name: company.name,
  url: make.url('login'),
  jwks: make.keySet('ecdsa'),
  metadata: { industry: company.id, 'contract/number': 'C-2025~17', tags: ['production', 'eu'] },
  settings: {
    default_workspace_id: 'customers',
    default_template_id: '',
    security: {
      AllowedHosts: [`login.${make.domain}`],
      FrameDeny: true,
      STSSeconds: 31_536_000,
      ReferrerPolicy: 'same-origin',
    },
    translations: { enabled: true, default_locale: 'en', disabled_translations: [], selector_enabled: true },
    well_known: {},
    workforce: null,
  },
  styling: {
    colors: { primary: company.color, background: '#ffffff', header: '' },
    font_url: '',
    logo_url: '',
    logo_size: '',
  },
  features: {
    swagger_ui: { enabled: true },
    tree_dump_tenant: { enabled: true },
    device_flow: { enabled: false },
  },
  mfa_methods: {
    sms: {
      mechanism: 'sms',
      enabled: true,
      auth: { sms: { sid: `AC${make.id()}`, auth_token: make.secret() }, email: null, arculix: null },
      settings: {
        sms: { provider: 'twilio', custom_source: company.name, otp: { length: 6, expiration: '5m0s' } },
        email: null,
      },
    },
    email: {
      mechanism: 'email',
      enabled: true,
      auth: {
        sms: null,
        email: {
          auth: 'login',
          host: `smtp.${make.domain}`,
          port: 587,
          username: 'mailer',
          password: make.secret(),
        },
        arculix: null,
      },
      settings: {
        sms: null,
        email: {
          provider: 'smtp',
          custom_from: `no-reply@${make.domain}`,
          otp: { length: 6, expiration: '10m0s' },
        },
      },
    },
  },
  pools: { consumers: pool('Consumers', 'consumer', 10), employees: pool('Employees', 'employee', 14) },
  schemas: {
    consumer: schema(make, 'Consumer', 'loyalty_number'),
    employee: schema(make, 'Employee', 'department'),
  },
  themes: {
    [`${company.id}-brand`]: {
      name: `${company.name} brand`,
      logo_url: make.url('static', '/logo.svg'),
      templates: {
        'pages/authorization/error/index.tmpl': template(make, '<h1>{{ .Error }}</h1>\n'),
        'pages/login/index.tmpl': template(
          make,
          `<main lang="en">Welcome to ${company.name} — bienvenue, willkommen</main>\n`,
        ),
        'shared/footer~legal.tmpl': template(make, `<footer>© ${company.name}</footer>\n`),
      },
    },
  },
  translations: Object.fromEntries(
    company.locales.map((locale) => [
      locale,
      { ...stamps(make), enabled: true, content: greetings[locale] ?? {} },
    ]),
  ),
});

const greetings: Readonly<Record<string, JsonObject>> = {
  de: { 'login.title': 'Willkommen zurück', 'login.submit': 'Anmelden' },
  es: { 'login.title': 'Hola de nuevo', 'login.submit': 'Iniciar sesión' },
  fr: { 'login.title': 'Ravi de vous revoir', 'login.submit': 'Se connecter' },
  ja: { 'login.title': 'おかえりなさい', 'login.submit': 'ログイン' },
};

const pool = (name: string, schemaId: string, minimumLength: number): JsonObject => ({
  name,
  description: '',
  badge_color: '',
  deleted: false,
  system: false,
  identifier_case_insensitive: true,
  public_registration_allowed: schemaId === 'consumer',
  authentication_mechanisms: ['password', 'webauthn'],
  preferred_authentication_mechanism: 'password',
  second_factor_authentication_mechanisms: ['totp', 'email_otp'],
  second_factor_preferred_authentication_mechanism: 'totp',
  second_factor_threshold: 0,
  mfa_session_ttl: '0s',
  password_policy: {
    min_length: minimumLength,
    digits: 1,
    capital_letters: 1,
    lowercase_letters: 1,
    special_characters: 0,
    not_used_since: 3,
    strength: 'fair',
  },
  password_settings: { hashing_method: 'argon2', expires_after: '0s' },
  otp_settings: {
    verify_address: { length: 6, ttl: '24h0m0s' },
    reset_password: { length: 6, ttl: '10m0s' },
  },
  payload_schema_id: schemaId,
  metadata_schema_id: '',
  business_metadata_schema_id: '',
  metadata: null,
});

const schema = (make: Maker, name: string, member: string): JsonObject => ({
  name,
  description: '',
  system: false,
  ...stamps(make),
  schema: {
    type: 'object',
    properties: {
      given_name: { type: 'string' },
      family_name: { type: 'string' },
      [member]: { type: 'string' },
    },
    required: ['given_name'],
  },
});

const template = (make: Maker, content: string): JsonObject => ({ content, ...stamps(make) });

const stamps = (make: Maker): JsonObject => ({ created_at: make.time(), updated_at: make.time() });
