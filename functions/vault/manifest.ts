import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { TenantBackupError } from '../errors.ts';

/** The format version that this release writes. Every version ever released opens for ever. */
export const FORMAT_VERSION = 1;

/** Largest `manifest.json` that is read, in bytes. Bounds what is parsed before anything is verified. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** The parts that a backup may hold. */
export const PART_NAMES = [
  'hub.config',
  'hub.credentials',
  'system.config',
  'system.credentials',
  'identity.credentials',
] as const;
export type PartName = (typeof PART_NAMES)[number];

const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');
const instant = z.iso.datetime({ offset: false });

const partSchema = z.strictObject({
  name: z.enum(PART_NAMES),
  /** Bytes of the JSON text before compression. */
  plainBytes: count,
  /** Bytes after zstd, before sealing. */
  compressedBytes: count,
  /** Bytes of the sealed part in the archive. */
  sealedBytes: count,
  /** SHA-256 of the sealed part, lower-case hexadecimal. */
  sealedSha256: sha256,
  /** ARN of the KMS key that can open the part. */
  keyArn: z.string().min(1).max(2048),
});

const manifestSchema = z.strictObject({
  format: z.literal('tenant-backup'),
  formatVersion: z.literal(FORMAT_VERSION),
  backupId: z
    .string()
    .regex(/^[0-9TZ]{16}-[0-9a-f]{8}$/, 'must be <yyyymmddThhmmssZ>-<8 hexadecimal digits>'),
  tenant: z.string().min(1).max(63),
  /** The time that this backup is the backup of: the schedule's, or the request's. */
  scheduledTime: instant,
  trigger: z.enum(['schedule', 'manual', 'safety']),
  source: z.strictObject({
    /** Issuer URL of the tenant's system workspace. */
    issuer: z.string().min(1).max(2048),
    /** `tenant`: a whole tenant (TreeTenant). `workspace`: one workspace (TreeServer). */
    shape: z.enum(['tenant', 'workspace']),
  }),
  software: z.strictObject({ name: z.literal('tenant-backup'), version: z.string().min(1).max(64) }),
  /** The version of the same archive key that was newest when this one was made; null for the first. */
  previous: z
    .strictObject({ versionId: z.string().min(1).max(1024), etag: z.string().min(1).max(256) })
    .nullable(),
  /** Objects by type, as `countObjects` counts them. */
  objects: z.record(z.string(), count),
  /** Sealed credentials by how they were recognised. */
  credentials: z.record(z.string(), count),
  parts: z.array(partSchema).min(1).max(PART_NAMES.length),
});

/** The public page of a backup: what it is, without any of its content. */
export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestPart = Manifest['parts'][number];

/** What is known of a part before it is sealed. */
export type PartHead = Pick<ManifestPart, 'name' | 'plainBytes' | 'compressedBytes'>;

/** A manifest whose parts are not sealed yet. */
export type ManifestHead = Omit<Manifest, 'parts'> & { parts: PartHead[] };

/** Digest of everything in a manifest but what sealing itself produces. Each sealed part swears to it in its
 * encryption context, so that a part opens only beside the manifest it was made with.
 * @returns SHA-256 over the canonical JSON (RFC 8785), lower-case hexadecimal
 * @see https://www.rfc-editor.org/rfc/rfc8785 */
export function manifestDigest(manifest: ManifestHead | Manifest): string {
  const head: ManifestHead = {
    ...manifest,
    parts: manifest.parts.map(({ name, plainBytes, compressedBytes }) => ({
      name,
      plainBytes,
      compressedBytes,
    })),
  };
  const canonical = canonicalize(head);
  if (canonical === undefined) throw new TypeError('a manifest is always canonicalizable');
  return createHash('sha256').update(canonical).digest('hex');
}

/** Judge the bytes of `manifest.json`.
 * @throws FORMAT_UNSUPPORTED if the archive was written by a later release
 * @throws MANIFEST_MALFORMED if it is no manifest, naming the first field that is wrong */
export function parseManifest(bytes: Uint8Array): Manifest {
  if (bytes.byteLength > MAX_MANIFEST_BYTES) {
    throw new TenantBackupError(
      'MANIFEST_MALFORMED',
      `manifest.json must be at most ${MAX_MANIFEST_BYTES} bytes, got ${bytes.byteLength}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new TenantBackupError('MANIFEST_MALFORMED', 'manifest.json must be JSON in UTF-8', {}, { cause });
  }
  // The version decides how everything else is read, so it is judged first and by itself.
  const version = (value as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === 'number' && Number.isInteger(version) && version > FORMAT_VERSION) {
    throw new TenantBackupError(
      'FORMAT_UNSUPPORTED',
      `formatVersion must be at most ${FORMAT_VERSION}, got ${version}: open it with a later release`,
      { formatVersion: version },
    );
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.join('.') || 'manifest';
    throw new TenantBackupError(
      'MANIFEST_MALFORMED',
      `manifest.json: ${field}: ${issue?.message ?? 'invalid'}`,
    );
  }
  const names = parsed.data.parts.map((part) => part.name);
  if (new Set(names).size !== names.length) {
    throw new TenantBackupError(
      'MANIFEST_MALFORMED',
      `manifest.json: parts: each name once, got ${names.join(', ')}`,
    );
  }
  return parsed.data;
}

/** The bytes of `manifest.json`: indented, because people read it. */
export const serializeManifest = (manifest: Manifest): Buffer =>
  Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`, 'utf8');
