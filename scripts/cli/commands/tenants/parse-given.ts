import { limitsOfEnrolment } from '../../../../functions/backup/limits-of-backup.ts';
import { parseNewEnrolment } from '../../../../functions/tenant/enrolment/enrolment.client.ts';
import type { Enrolment } from '../../../../functions/tenant/enrolment/enrolment.ts';
import {
  enrolmentOfShared,
  isShared,
  type SharedEnrolment,
} from '../../../../functions/tenant/enrolment/shared-enrolment.ts';

/** Parses an enrolment that a person gives, with all that its backups would check.
 * @throws INVALID_ENROLMENT */
export function parseGiven(text: string, name: string): Enrolment | SharedEnrolment {
  const given = parseNewEnrolment(text, name);
  const enrolments = isShared(given)
    ? Object.keys(given.entries).map((entry) => enrolmentOfShared(given, entry))
    : [given];
  enrolments.forEach(limitsOfEnrolment);
  return given;
}
