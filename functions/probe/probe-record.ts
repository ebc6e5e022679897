/** The ledger's entry of a probe: how one deployment of SecureAuth treats imports. */
import * as z from 'zod';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import type { ProbeResult } from './run-probe.ts';

/** The entry `probes/<deployment>/<scratch>.json`. Holds answers, counts and names of objects; no value of any property. */
export interface ProbeRecord extends ProbeResult {
  readonly deployment: string;
  /** Enrolled name of the scratch tenant. */
  readonly scratch: string;
  /** When the probe began. */
  readonly at: string;
  readonly operationId: string;
}

/** Returns the name of the deployment that a tenant belongs to: its host, without the tenant's own label. Tenants of one region of
 * the vendor's service have hosts of their own, `<tenant>.<region>.authz.cloudentity.io`. */
export function deploymentOf({ origin, tenantId }: Pick<Enrolment, 'origin' | 'tenantId'>): string {
  const { host } = new URL(origin);
  return host.startsWith(`${tenantId}.`) ? host.slice(tenantId.length + 1) : host;
}

const WORD = /^[a-z][a-z-]{0,63}$/;
const count = z.int().min(0);

const recordSchema = z.object({
  deployment: z.string(),
  scratch: z.string(),
  at: z.iso.datetime(),
  operationId: z.uuid(),
  findings: z
    .array(
      z.object({
        name: z.string().regex(WORD),
        answer: z.string().regex(WORD),
        detail: z.string().max(1000).nullable(),
      }),
    )
    .min(1)
    .max(100),
  productVersion: z.string().max(64).nullable(),
  compared: count,
  equal: count,
  leftBehind: z.array(z.string().max(1000)).max(100),
});

/** Validates a ledger entry as the record of a probe.
 * @returns null if it is not a record, or the record of another deployment or tenant */
export function parseProbe(document: unknown, deployment: string, scratch: string): ProbeRecord | null {
  const { data } = recordSchema.safeParse(document);
  return data?.deployment === deployment && data.scratch === scratch ? data : null;
}
