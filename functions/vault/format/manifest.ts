import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import * as z from 'zod';
import { TenantBackupError } from '../../errors.ts';
import { describeIssue } from '../../parse.ts';
import { TIERS } from '../../runtime/names.ts';
import { isTenantName } from './layout.ts';

/** The only format version so far. Later releases open all released versions. */
export const FORMAT_VERSION = 1;

/** Size of the largest `manifest.json` that is read, in bytes. It limits what is parsed before verification. */
export const MAX_MANIFEST_BYTES = 256 * 1024;

/** The parts that a backup may hold. */
export const PART_NAMES = [
  'hub.config',
  'hub.credentials',
  'system.config',
  'system.credentials',
  'identity.credentials',
] as const;
export type PartName = (typeof PART_NAMES)[number];

/** Most recipients of a part. */
export const MAX_RECIPIENTS = 5;

const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');
/** A time in UTC, to the second. */
const instant = z.iso.datetime({ offset: false, precision: 0 });
/** Formats a time as a manifest writes it: RFC 3339 in UTC, to the second. */
export const toInstant = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

const counts = z
  .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be a name in lower case'), count)
  .refine((record) => Object.keys(record).length <= 100, 'must have at most 100 names');
/** Printable ASCII only, which all JSON programs write in the same way. */
const text = (maxCharacters: number) =>
  z
    .string()
    .min(1)
    .max(maxCharacters)
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII');
const keyArn = text(2048);
/** What the requester of a backup says that it is for. */
export const backupDescription = text(200);
/** A version in the vault, as S3 names it. */
const s3Version = { versionId: text(1024), etag: text(256) };

/** A recipient that can open a part: a KMS key, or the holder of the private half of the escrow key. */
const recipientSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('kms'),
    /** The key's own ARN. An alias may name another key tomorrow. */
    keyArn,
  }),
  z.strictObject({
    type: z.literal('escrow'),
    /** SHA-256 of the public key's SubjectPublicKeyInfo (DER), lower-case hexadecimal. */
    fingerprint: sha256,
  }),
]);

/** Most characters of a selection in a manifest. */
export const MAX_SELECTION_CHARACTERS = 4096;

/** What a backup leaves out as its enrolment or its request asks. Such a backup holds the hub alone. */
const limitsSchema = z
  .strictObject({
    by: z.enum(['enrolment', 'request']),
    /** It was exported without credentials. @default - with them */
    credentials: z.literal(false).optional(),
    /** JSON of the selection of its objects. @default - all */
    selection: text(MAX_SELECTION_CHARACTERS).optional(),
  })
  .refine(
    ({ credentials, selection }) => credentials === false || selection !== undefined,
    'must have credentials or selection',
  );

const partSchema = z.strictObject({
  name: z.enum(PART_NAMES),
  /** Size of the JSON text before compression, in bytes; for credentials, with padding. */
  plainBytes: count,
  /** Size of the sealed part in the archive, in bytes. */
  sealedBytes: count,
  /** SHA-256 of the sealed part, lower-case hexadecimal. */
  sealedSha256: sha256,
  /** The recipients of the part, in the order of the sealed part's header. */
  recipients: z.array(recipientSchema).min(1).max(MAX_RECIPIENTS),
});

const manifestSchema = z.strictObject({
  format: z.literal('tenant-backup'),
  formatVersion: z.literal(FORMAT_VERSION),
  backupId: z
    .string()
    .regex(/^\d{8}T\d{6}Z-[0-9a-f]{8}$/, 'must be <yyyymmddThhmmssZ>-<8 hexadecimal digits>'),
  tenant: z.string().refine(isTenantName, 'must be 1 to 63 lower-case letters, digits and inner hyphens'),
  /** The time that this backup is for: the schedule's, or the request's. */
  scheduledTime: instant,
  /** When the export of the content began. */
  exportedAt: instant,
  /** `adopted`: made of an export that a person had saved. */
  trigger: z.enum(['schedule', 'manual', 'safety', 'adopted']),
  /** The tier that the backup was made for. Longer-lived tiers may hold copies of the same bytes. */
  tier: z.enum(TIERS),
  /** Absent if the request had none. */
  description: backupDescription.optional(),
  /** Absent if the backup holds all that the enrolment names. */
  limits: limitsSchema.optional(),
  source: z.strictObject({
    /** Issuer URL of the tenant's system workspace. */
    issuer: text(2048),
    /** `tenant`: a whole tenant (TreeTenant). `workspace`: one workspace (TreeServer). */
    shape: z.enum(['tenant', 'workspace']),
  }),
  software: z.strictObject({ name: z.literal('tenant-backup'), version: text(64) }),
  /** Fingerprint of the key that signed the manifest: SHA-256 of its SubjectPublicKeyInfo (DER). */
  signedBy: sha256,
  /** The newest version of `<tier>/<tenant>.tar` at the time of this backup; null for the first. */
  previous: z.strictObject(s3Version).nullable(),
  /** The version that this one was resealed from, and the time when S3 stored it, which is the age of the content.
   * Null for a backup of the tenant itself. */
  resealed: z.strictObject({ ...s3Version, storedAt: instant }).nullable(),
  /** Objects by type, as `countObjects` counts them. */
  objects: counts,
  /** Number of sealed credentials, by how they were recognised. */
  credentials: counts,
  /** Number of findings that did not stop the backup, by kind. */
  warnings: counts,
  parts: z.array(partSchema).min(1).max(PART_NAMES.length),
});

/** The manifest of a backup: what it is, without its content. */
export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestLimits = NonNullable<Manifest['limits']>;
export type ManifestPart = Manifest['parts'][number];
export type Recipient = z.infer<typeof recipientSchema>;

/** Returns when the tenant had this content, if that is before S3 stored the version: an adopted export is as old as its file, and
 * a resealed backup as the version it comes from.
 * @returns RFC 3339 in UTC; null if it is the time of the version */
export const contentTime = ({
  trigger,
  exportedAt,
  resealed,
}: Pick<Manifest, 'trigger' | 'exportedAt' | 'resealed'>): string | null =>
  trigger === 'adopted' ? exportedAt : (resealed?.storedAt ?? null);

/** Facts about a part before it is sealed. */
export type PartHead = Pick<ManifestPart, 'name' | 'plainBytes'>;

/** A manifest whose parts are not sealed yet. */
export type ManifestHead = Omit<Manifest, 'parts'> & { parts: PartHead[] };

/** Computes a digest of everything in a manifest except what sealing produces. The context of each sealed part holds
 * the digest, so that a part opens only with its own manifest.
 * @returns SHA-256 over the canonical JSON (RFC 8785), lower-case hexadecimal
 * @see https://www.rfc-editor.org/rfc/rfc8785 */
export function manifestDigest(manifest: ManifestHead | Manifest): string {
  const head: ManifestHead = {
    ...manifest,
    parts: manifest.parts.map(({ name, plainBytes }) => ({ name, plainBytes })),
  };
  const canonical = canonicalize(head);
  if (canonical === undefined) throw new TypeError('a manifest is always canonicalizable');
  return createHash('sha256').update(canonical).digest('hex');
}

/** Validates the bytes of `manifest.json`.
 * @throws FORMAT_UNSUPPORTED if this release does not support its version
 * @throws MANIFEST_MALFORMED if it is not a manifest, naming the first invalid field */
export function parseManifest(bytes: Uint8Array): Manifest {
  if (bytes.byteLength > MAX_MANIFEST_BYTES) {
    throw malformed(`must be at most ${MAX_MANIFEST_BYTES} bytes, got ${bytes.byteLength}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed('must be JSON in UTF-8', cause);
  }
  // The version decides how everything else is read: check it first.
  const version = (value as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === 'number' && Number.isInteger(version) && version > FORMAT_VERSION) {
    throw new TenantBackupError(
      'FORMAT_UNSUPPORTED',
      `formatVersion must be ${FORMAT_VERSION}, got ${version}: open it with a later release`,
      { formatVersion: version },
    );
  }
  return validateManifest(value);
}

/** Validates a manifest.
 * @throws MANIFEST_MALFORMED naming the first invalid field */
function validateManifest(value: unknown): Manifest {
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) throw malformed(describeIssue(parsed.error.issues[0]));
  const { backupId, scheduledTime, limits, parts } = parsed.data;
  const names = parts.map((part) => part.name);
  if (new Set(names).size !== names.length) {
    throw malformed(`parts must have each name once, got ${names.join(', ')}`);
  }
  const outside = limits && names.find((name) => !partsWithin(limits).includes(name));
  if (outside !== undefined) throw malformed(`parts must not have ${outside}, which its limits leave out`);
  const time = scheduledTime.replaceAll(/[-:]/g, '');
  if (!backupId.startsWith(time)) throw malformed(`backupId must begin with ${time}, got ${backupId}`);
  return parsed.data;
}

/** Lists the parts of a backup with limits. */
const partsWithin = ({ credentials }: ManifestLimits): readonly PartName[] =>
  credentials === false ? ['hub.config'] : ['hub.config', 'hub.credentials'];

const malformed = (message: string, cause?: unknown) =>
  new TenantBackupError('MANIFEST_MALFORMED', `manifest.json: ${message}`, {}, { cause });

/** Writes `manifest.json`. It is indented for human readers, and its members have the order of the format, because
 * readers compare bytes.
 * @throws MANIFEST_MALFORMED if `parseManifest` would refuse it: no backup is better than an unreadable one */
export function serializeManifest(manifest: Manifest): Buffer {
  const { objects, credentials, warnings, parts, ...rest } = validateManifest(manifest);
  const ordered: Manifest = {
    ...rest,
    objects: sortNames(objects),
    credentials: sortNames(credentials),
    warnings: sortNames(warnings),
    parts,
  };
  return Buffer.from(`${JSON.stringify(ordered, null, 2)}\n`, 'utf8');
}

const sortNames = (record: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
