import { z } from 'zod';
import { TenantBackupError } from '../errors.ts';
import { describeIssue } from '../parse.ts';

const AUTHENTICATION_METHODS = ['client_secret_basic', 'client_secret_post'] as const;

/** Keys are named by their own ARNs: an alias could name another key tomorrow.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-ARN */
const keyArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/(mrk-)?[0-9a-f-]{32,36}$/,
    'must be the ARN of a KMS key: arn:aws:kms:<region>:<account>:key/<id>',
  );

const enrolmentSchema = z.strictObject({
  /** Issuer URL of the tenant's system workspace: `https://<host>[/<base>]/<tenant id>/system`. */
  issuer: z.string().min(1).max(2048),
  clientId: z.string().min(1).max(256),
  clientSecret: z.string().min(1).max(4096),
  /** How the client authenticates at the token endpoint. */
  authentication: z.enum(AUTHENTICATION_METHODS).default('client_secret_basic'),
  /** Backup keys that seal this tenant's parts in place of the default ones. */
  keys: z.strictObject({ configuration: keyArn.optional(), credentials: keyArn.optional() }).optional(),
  /** What a client with secret authentication and no secret means: that its secret was lost on the way here (`refuse`
   * the backup), or that it has none (`accept`, counted in the manifest). */
  blankClientSecrets: z.enum(['refuse', 'accept']).default('refuse'),
});

/** Where a tenant is and how to authenticate there. Holds a secret: never log it. */
export type Enrolment = z.infer<typeof enrolmentSchema> & {
  /** Scheme, host and port: where the hub API is (it ignores the issuer's base path). */
  readonly origin: string;
  /** SecureAuth's id of the tenant, from the issuer. */
  readonly tenantId: string;
};

/** Judge the value of an enrolment secret.
 * @param text the secret's string value
 * @param name the enrolment's name, for messages
 * @throws INVALID_ENROLMENT naming the field and the bound, never a value of a secret */
export function parseEnrolment(text: string, name: string): Enrolment {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(name, 'the secret must be a JSON object');
  }
  const parsed = enrolmentSchema.safeParse(value);
  if (!parsed.success) {
    // Without the value: what stands in a wrong field may be the secret.
    throw invalid(name, describeIssue(parsed.error.issues[0]));
  }
  return { ...parsed.data, ...parseIssuer(parsed.data.issuer, name) };
}

function parseIssuer(issuer: string, name: string): { origin: string; tenantId: string } {
  let url: URL;
  try {
    url = new URL(issuer);
  } catch {
    // Without the value: it may be the secret, pasted into the wrong field.
    throw invalid(name, 'issuer must be a URL like https://<host>/<tenant id>/system');
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    const got = url.protocol === 'http:' ? `, got http on "${url.hostname}"` : '';
    throw invalid(name, `issuer must be https (http only on a loopback address)${got}`);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw invalid(name, 'issuer must have no user, password, query or fragment');
  }
  const tenantId = decoded(/\/([^/]+)\/system$/.exec(url.pathname)?.[1]);
  if (tenantId === undefined) {
    throw invalid(name, `issuer must end with /<tenant id>/system, got "${url.pathname.slice(0, 200)}"`);
  }
  return { origin: url.origin, tenantId };
}

function decoded(segment: string | undefined): string | undefined {
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc8252#section-8.3 loopback addresses never leave the machine */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

const invalid = (name: string, message: string) =>
  new TenantBackupError('INVALID_ENROLMENT', `enrolment "${name}": ${message}`, { tenant: name });
