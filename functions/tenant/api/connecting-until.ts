import type { Enrolment } from '../enrolment/enrolment.ts';
import type { Access } from '../http/token.client.ts';
import type { Tenant } from './tenant.client.ts';

interface Connecting {
  connect(enrolment: Enrolment, access: Access, correlationId: string, signal?: AbortSignal): Tenant;
}

/** Ends all requests to tenants when the signal aborts. */
export const connectingUntil = <Tools extends Connecting>(
  stop: AbortSignal | undefined,
  tools: Tools,
): Tools => ({
  ...tools,
  connect: (enrolment, access, correlationId) => tools.connect(enrolment, access, correlationId, stop),
});
