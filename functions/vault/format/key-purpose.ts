import { type KeyPurpose, PART_SUFFIXES } from '../../runtime/names.ts';
import type { PartName } from './manifest.ts';

/** One key for each purpose, by its ARN or the ARN of an alias. */
export type KeysByPurpose = Readonly<Record<KeyPurpose, string>>;

/** Keys that a tenant's enrolment gives instead of the default ones, by their own ARNs. */
export type EnrolledKeys = Readonly<Partial<Record<KeyPurpose, string | undefined>>>;

/** The keys that may have sealed a part, by the purpose of the part: an archive cannot bring its own keys. */
export type TrustedKeys = Readonly<Record<KeyPurpose, readonly string[]>>;

/** Returns the purpose of the keys that seal a part. */
export const purposeOf = (part: PartName): KeyPurpose =>
  part.endsWith(PART_SUFFIXES.configuration) ? 'configuration' : 'credentials';
