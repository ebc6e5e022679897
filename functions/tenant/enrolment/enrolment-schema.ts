import * as z from 'zod';
import {
  isCertificate,
  isMatchingKey,
  isPrivateKey,
  pemBlocks,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  signatureAlgorithm,
} from './private-key.ts';

/** Methods of client authentication at the token endpoint. The names are those of RFC 8414, which SecureAuth's
 * console shows.
 * @see https://www.iana.org/assignments/oauth-parameters#token-endpoint-auth-method */
export const AUTHENTICATION_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const;
export type AuthenticationMethod = (typeof AUTHENTICATION_METHODS)[number];

/** The parts of a tenant that a backup may hold: its configuration as a tree, its configuration as a dump, its users. */
export const TENANT_PARTS = ['hub', 'system', 'identity'] as const;
export type TenantPart = (typeof TENANT_PARTS)[number];

/** The parts of an enrolment that names none: the whole configuration, without people's data. */
export const DEFAULT_PARTS: readonly TenantPart[] = ['hub', 'system'];

/** Keys are given by their own ARNs, because an alias may name another key tomorrow.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-ARN */
const keyArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/(mrk-)?[0-9a-f-]{32,36}$/,
    'must be the ARN of a KMS key: arn:aws:kms:<region>:<account>:key/<id>',
  );

const ALGORITHMS = Object.keys(SIGNATURE_ALGORITHMS) as SignatureAlgorithm[];
const PRIVATE_KEY = 'must be an unencrypted private key in PEM, or a private JWK';
const MAX_PEM = 32_768;

const certificates = z
  .string()
  .max(MAX_PEM)
  .refine((text) => pemBlocks(text).length > 0 && pemBlocks(text).every(isCertificate), {
    error: 'must be one or more certificates in PEM',
  });

const pemPrivateKey = z
  .string()
  .max(MAX_PEM)
  .refine((text) => !text.trimStart().startsWith('{') && isPrivateKey(text), {
    error: 'must be an unencrypted private key in PEM',
  });

const common = {
  /** Issuer URL of the tenant's system workspace: `https://<host>[/<base>]/<tenant id>/system`. */
  issuer: z.string().min(1).max(2048),
  clientId: z.string().min(1).max(256),
  /** Certificates of the only authorities trusted for the tenant. @default - the public ones */
  ca: certificates.optional(),
  /** Owner of the issuer's host, if it is a vanity domain: its URLs lack the tenant id, or both the tenant id and the
   * workspace id. */
  vanity: z.enum(['tenant', 'server']).optional(),
  /** SecureAuth's id of the tenant; required on a vanity domain, whose issuer does not hold it. */
  tenantId: z.string().min(1).max(256).optional(),
  /** `all-tenants`: the issuer is the root tenant of a self-hosted deployment. */
  scope: z.enum(['tenant', 'all-tenants']).default('tenant'),
  /** The parts that a backup holds. */
  parts: z
    .array(z.enum(TENANT_PARTS))
    .min(1)
    .refine(isUnique, { error: 'must name each part once' })
    .default([...DEFAULT_PARTS]),
  /** Whether the part `system` also holds the schedules of automatic key rotation. The client needs the scope
   * `manage_servers`, even to read them. @default false */
  keyRotation: z.boolean().optional(),
  /** Ids of the workspaces that a backup holds. @default - the whole tenant */
  workspaces: z
    .array(z.string().min(1).max(256))
    .min(1)
    .max(1000)
    .refine(isUnique, { error: 'must name each workspace once' })
    .optional(),
  /** Whether backups hold credentials. Without them, they hold the hub alone. @default true */
  credentials: z.boolean().optional(),
  /** The objects of the hub that backups hold: a selection, which the backup validates. @default - all that `parts` names */
  selection: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).optional(),
  /** Backup keys that seal this tenant's parts instead of the default ones. */
  keys: z.strictObject({ configuration: keyArn.optional(), credentials: keyArn.optional() }).optional(),
  /** How a backup treats a client with secret authentication and no secret: its secret was lost in the export
   * (`refuse` the backup), or it has none (`accept`, counted in the manifest). */
  blankClientSecrets: z.enum(['refuse', 'accept']).default('refuse'),
  /** Whether drills may overwrite and delete everything in the tenant at any time. @default false */
  scratch: z.boolean().optional(),
};

const withSecret = <Method extends AuthenticationMethod>(method: Method) =>
  z.strictObject({
    ...common,
    authentication: z.literal(method),
    clientSecret: z.string().min(1).max(4096),
  });

const withCertificate = <Method extends AuthenticationMethod>(method: Method) =>
  z
    .strictObject({
      ...common,
      authentication: z.literal(method),
      /** The client's certificate in PEM, followed by intermediate certificates, if any. */
      certificate: certificates,
      /** The certificate's private key in PEM. */
      privateKey: pemPrivateKey,
    })
    .refine(({ certificate, privateKey }) => isMatchingKey(certificate, privateKey), {
      error: 'must be the key of the certificate',
      path: ['privateKey'],
    });

/** An enrolment as written in its secret. `authentication` selects the variant. */
export const enrolmentSchema = z.discriminatedUnion('authentication', [
  withSecret('client_secret_basic'),
  withSecret('client_secret_post'),
  z
    .strictObject({
      ...common,
      authentication: z.literal('private_key_jwt'),
      /** PEM, or a JSON Web Key as an object or as text. */
      privateKey: z
        .union([z.string().max(MAX_PEM), z.record(z.string(), z.unknown())], { error: PRIVATE_KEY })
        .refine(isPrivateKey, { error: PRIVATE_KEY, abort: true }),
      /** The key's id, if the client has registered several. @default - the `kid` of a JWK, or none */
      keyId: z.string().min(1).max(256).optional(),
      /** Algorithm that signs assertions. @default - the `alg` of a JWK, or the usual one of the key: RS256, ES256,
       * EdDSA */
      algorithm: z.enum(ALGORITHMS).optional(),
    })
    .refine(({ privateKey, algorithm }) => signatureAlgorithm(privateKey, algorithm) !== undefined, {
      error: `must be one of those that the key can sign with: ${ALGORITHMS.join(', ')}`,
      path: ['algorithm'],
    }),
  withCertificate('tls_client_auth'),
  withCertificate('self_signed_tls_client_auth'),
]);

function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
