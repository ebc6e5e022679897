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

/** How the client authenticates at the token endpoint. Names of RFC 8414, as SecureAuth's console shows them.
 * @see https://www.iana.org/assignments/oauth-parameters#token-endpoint-auth-method */
export const AUTHENTICATION_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const;
export type AuthenticationMethod = (typeof AUTHENTICATION_METHODS)[number];

/** What of a tenant can be backed up: its configuration as a tree, its configuration as a dump, its users. */
export const TENANT_PARTS = ['hub', 'system', 'identity'] as const;
export type TenantPart = (typeof TENANT_PARTS)[number];

/** Keys are named by their own ARNs: an alias could name another key tomorrow.
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
  /** Certificates of the authorities that the tenant's own certificate must come from. @default - the public ones */
  ca: certificates.optional(),
  /** Whose vanity domain the issuer's host is: its URLs then lack the tenant id, or that and the workspace id. */
  vanity: z.enum(['tenant', 'server']).optional(),
  /** SecureAuth's id of the tenant; needed on a vanity domain, where the issuer does not say it. */
  tenantId: z.string().min(1).max(256).optional(),
  /** `all-tenants`: the issuer is that of the root tenant of a self-hosted deployment. */
  scope: z.enum(['tenant', 'all-tenants']).default('tenant'),
  /** What is backed up. */
  parts: z
    .array(z.enum(TENANT_PARTS))
    .min(1)
    .refine(isUnique, { error: 'must name each part once' })
    .default(['hub']),
  /** Ids of the workspaces that are backed up. @default - the whole tenant */
  workspaces: z
    .array(z.string().min(1).max(256))
    .min(1)
    .max(1000)
    .refine(isUnique, { error: 'must name each workspace once' })
    .optional(),
  /** Backup keys that seal this tenant's parts in place of the default ones. */
  keys: z.strictObject({ configuration: keyArn.optional(), credentials: keyArn.optional() }).optional(),
  /** What a client with secret authentication and no secret means: that its secret was lost on the way here (`refuse`
   * the backup), or that it has none (`accept`, counted in the manifest). */
  blankClientSecrets: z.enum(['refuse', 'accept']).default('refuse'),
  /** Whether everything in the tenant may be overwritten and deleted at any time: what drills ask for. @default false */
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
      /** The client's certificate in PEM, followed by those that lead to its authority, if any. */
      certificate: certificates,
      /** The certificate's private key in PEM. */
      privateKey: pemPrivateKey,
    })
    .refine(({ certificate, privateKey }) => isMatchingKey(certificate, privateKey), {
      error: 'must be the key of the certificate',
      path: ['privateKey'],
    });

/** An enrolment as it is written, told apart by `authentication`. */
export const enrolmentSchema = z.discriminatedUnion('authentication', [
  withSecret('client_secret_basic'),
  withSecret('client_secret_post'),
  z
    .strictObject({
      ...common,
      authentication: z.literal('private_key_jwt'),
      /** PEM, or a JSON Web Key: as an object, or as its text. */
      privateKey: z
        .union([z.string().max(MAX_PEM), z.record(z.string(), z.unknown())], { error: PRIVATE_KEY })
        .refine(isPrivateKey, { error: PRIVATE_KEY, abort: true }),
      /** The key's id, where the client has registered several. @default - the `kid` of a JWK, or none */
      keyId: z.string().min(1).max(256).optional(),
      /** How assertions are signed. @default - the `alg` of a JWK, or what is usual for the key: RS256, ES256, EdDSA */
      algorithm: z.enum(ALGORITHMS).optional(),
    })
    .refine(({ privateKey, algorithm }) => signatureAlgorithm(privateKey, algorithm) !== undefined, {
      error: `must be one that the key can sign with, of ${ALGORITHMS.join(', ')}`,
      path: ['algorithm'],
    }),
  withCertificate('tls_client_auth'),
  withCertificate('self_signed_tls_client_auth'),
]);

function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
