import { createEnrolments, type Enrolments } from '../../../functions/tenant/enrolment/enrolment.client.ts';
import type { Deployment } from './deployment.client.ts';

/** Opens the enrolments of a deployment.
 * @throws NOT_DEPLOYED */
export async function openEnrolments({
  secrets,
  output,
}: Pick<Deployment, 'secrets' | 'output'>): Promise<Enrolments> {
  return createEnrolments(secrets, await output('enrolmentPrefix'));
}
