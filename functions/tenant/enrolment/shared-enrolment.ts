/** Reads one secret for many tenants: `{ "tenants": { "acme": { … }, "globex": { … } } }`. Each entry is an enrolment
 * as in a secret of its own. The tenants are named `<enrolment>--<entry>`, as in an all-tenants enrolment. */
import * as z from 'zod';
import { TenantBackupError } from '../../errors.ts';
import { describeIssue } from '../../parse.ts';
import { type Enrolment, parseEnrolmentValue } from './enrolment.ts';
import { parseRootTenantName, rootTenantName } from './root-tenant-name.ts';

/** The entries are not validated together: a mistake in one must not stop the backups of the others. Holds secrets:
 * never log it. */
export interface SharedEnrolment {
  readonly name: string;
  readonly entries: Readonly<Record<string, unknown>>;
}

const sharedSchema = z.strictObject({
  tenants: z
    .record(
      z
        .string()
        .regex(
          /^[a-z0-9](?:[a-z0-9]|-(?!-))*(?<!-)$/,
          'must be lower-case letters, digits and single inner hyphens',
        ),
      z.unknown(),
    )
    .refine((entries) => Object.keys(entries).length > 0, 'must name at least 1 tenant'),
});

export const isShared = (enrolment: Enrolment | SharedEnrolment): enrolment is SharedEnrolment =>
  'entries' in enrolment;

/** Parses a shared enrolment.
 * @param value of an enrolment secret
 * @returns null if the secret is of one tenant, or of all tenants of a deployment
 * @throws INVALID_ENROLMENT naming the field and the bound, never a value */
export function parseSharedEnrolment(value: unknown, name: string): SharedEnrolment | null {
  if (typeof value !== 'object' || value === null || !('tenants' in value)) return null;
  const parsed = sharedSchema.safeParse(value);
  if (!parsed.success) throw invalid(name, describeIssue(parsed.error.issues[0]));
  const entries = parsed.data.tenants;
  for (const entry of Object.keys(entries)) {
    if (parseRootTenantName(rootTenantName(name, entry))?.tenantId !== entry) {
      throw invalid(name, `tenants.${entry} is too long: "${name}--${entry}" must be at most 63 characters`);
    }
  }
  return { name, entries };
}

/** Lists the names of the tenants that share an enrolment. */
export const tenantsOfShared = ({ name, entries }: SharedEnrolment): string[] =>
  Object.keys(entries).map((entry) => rootTenantName(name, entry));

/** Returns the enrolment of one of the tenants.
 * @throws NOT_ENROLLED, INVALID_ENROLMENT */
export function enrolmentOfShared({ name, entries }: SharedEnrolment, entry: string): Enrolment {
  const tenant = rootTenantName(name, entry);
  if (!Object.hasOwn(entries, entry)) {
    throw new TenantBackupError(
      'NOT_ENROLLED',
      `tenant "${tenant}" is not enrolled: enrolment "${name}" has no tenants.${entry}`,
      { tenant },
    );
  }
  const enrolment = parseEnrolmentValue(entries[entry], tenant);
  if (enrolment.scope === 'all-tenants') {
    throw invalid(
      name,
      `tenants.${entry}.scope must be tenant: an all-tenants enrolment needs its own secret`,
    );
  }
  return enrolment;
}

const invalid = (name: string, message: string) =>
  new TenantBackupError('INVALID_ENROLMENT', `enrolment "${name}": ${message}`, { tenant: name });
