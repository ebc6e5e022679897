import { type KeyPurpose, PART_SUFFIXES } from '../../runtime/names.ts';
import type { PartName } from './manifest.ts';

/** One key for each purpose, by the ARN of the key or of an alias of it. */
export type KeysByPurpose = Readonly<Record<KeyPurpose, string>>;

/** Keys that a tenant's enrolment names in place of the default ones, by the ARNs of the keys themselves. */
export type EnrolledKeys = Readonly<Partial<Record<KeyPurpose, string | undefined>>>;

/** The keys that may have sealed a part, by the purpose of the part: an archive cannot bring its own. */
export type TrustedKeys = Readonly<Record<KeyPurpose, readonly string[]>>;

/** The purpose of the keys that a part is sealed under. */
export const purposeOf = (part: PartName): KeyPurpose =>
  part.endsWith(PART_SUFFIXES.configuration) ? 'configuration' : 'credentials';
