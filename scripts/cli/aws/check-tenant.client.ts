import { type ErrorCode, isTenantBackupError } from '../../../functions/errors.ts';
import { exportSystem } from '../../../functions/state/export-state.ts';
import { connectTenant, type Tenant } from '../../../functions/tenant/api/tenant.client.ts';
import { listTenants } from '../../../functions/tenant/api/tenants.client.ts';
import type { Enrolments } from '../../../functions/tenant/enrolment/enrolment.client.ts';
import type { Enrolment } from '../../../functions/tenant/enrolment/enrolment.ts';
import type { TenantPart } from '../../../functions/tenant/enrolment/enrolment-schema.ts';
import { isOfAllTenants } from '../../../functions/tenant/enrolment/root-enrolments.ts';
import {
  isShared,
  type SharedEnrolment,
  tenantsOfShared,
} from '../../../functions/tenant/enrolment/shared-enrolment.ts';
import type { Connections } from '../../../functions/tenant/http/connections.client.ts';
import { showBytes } from '../../../functions/units.ts';
import { type TenantTools, tenantTools } from './tenant-tools.client.ts';

/** The result of one check of a tenant. */
export interface TenantCheck {
  /** Name as in the vault. */
  readonly tenant: string;
  readonly check: 'enrolment' | 'token' | 'scopes' | 'clock' | 'export';
  /** The part that was exported; null for other checks, and for an enrolment of all tenants. */
  readonly part: TenantPart | null;
  readonly ok: boolean;
  readonly code: ErrorCode | null;
  readonly message: string;
}

/** Beyond this, servers refuse signed assertions and tokens appear expired. */
const MAX_SKEW_SECONDS = 30;

/** Checks a tenant as the functions use it, from this machine, and writes nothing: reads the enrolment, gets tokens,
 * compares clocks, and with `withExport` exports each part, without credentials where the API allows. Needs `secretsmanager:GetSecretValue`.
 * @param name of a tenant as in the vault, or of an enrolment that several tenants share, each of which is checked
 * @param enrolled reads the enrolment
 * @throws AWS_NOT_CONFIGURED, AWS_UNAVAILABLE, AWS_ACCESS_DENIED, NOT_ENROLLED if the enrolment cannot be read */
export async function checkTenant(
  name: string,
  enrolled: Enrolments,
  { withExport }: { readonly withExport: boolean },
): Promise<TenantCheck[]> {
  const tools = tenantTools(enrolled);
  let enrolment: Enrolment | SharedEnrolment;
  try {
    enrolment = await tools.enrolments.resolve(name);
  } catch (error) {
    if (!isTenantBackupError(error) || error.code !== 'INVALID_ENROLMENT') throw error;
    return [{ ...failed('enrolment', error), tenant: name }];
  }
  if (!isShared(enrolment)) return checkEnrolment(enrolment, tools, withExport);
  const checks: TenantCheck[] = [];
  for (const tenant of tenantsOfShared(enrolment)) {
    for (const check of await checkTenant(tenant, enrolled, { withExport })) {
      checks.push({ ...check, message: `${tenant}: ${check.message}` });
    }
  }
  return checks;
}

async function checkEnrolment(
  enrolment: Enrolment,
  tools: TenantTools,
  withExport: boolean,
): Promise<TenantCheck[]> {
  const checks = await checkClient(enrolment, tools, withExport);
  return checks.map((check) => ({ ...check, tenant: enrolment.name }));
}

async function checkClient(
  enrolment: Enrolment,
  { connections, tokens, optionsFor }: TenantTools,
  withExport: boolean,
): Promise<Check[]> {
  const { authentication, parts, scope } = enrolment;
  const checks = [
    passed('enrolment', `${enrolment.issuer}, ${authentication}, ${scope}, parts ${parts.join(', ')}`),
  ];
  const options = optionsFor(enrolment);
  const token = await attempt('token', async () => {
    await tokens.get(enrolment, 'read', options.correlationId);
    return `client ${enrolment.clientId} gets a token`;
  });
  checks.push(token);
  checks.push(await attempt('clock', () => compareClocks(enrolment, connections)));
  if (!token.ok) return checks;
  checks.push(
    await attempt('scopes', async () => {
      await tokens.get(enrolment, 'manage', options.correlationId);
      return 'manage_configuration granted (needed for restores)';
    }),
  );
  if (!withExport) return checks;
  if (isOfAllTenants(enrolment)) {
    checks.push(await attempt('export', async () => `${(await listTenants(options)).length} tenants`));
    return checks;
  }
  const tenant = connectTenant(options);
  for (const part of parts) {
    const check = await attempt('export', async () => {
      const exported = await EXPORTS[part](tenant, enrolment);
      const size = showBytes(exported.byteLength);
      // A dump always holds credentials.
      exported.fill(0);
      return `${part} ${size}`;
    });
    checks.push({ ...check, part });
  }
  return checks;
}

/** Exports a part as a backup does, and without credentials where the API allows. */
const EXPORTS: Readonly<Record<TenantPart, (tenant: Tenant, enrolment: Enrolment) => Promise<Buffer>>> = {
  hub: ({ hub }) => hub.exportTree({ withCredentials: false }),
  system: async (tenant, { workspaces }) => (await exportSystem(tenant, workspaces)).exported,
  identity: ({ identity }) => identity.exportDump(),
};

/** Compares clocks by the Date header of any response of the tenant. */
async function compareClocks(enrolment: Enrolment, connections: Connections): Promise<string> {
  const url = new URL(`${enrolment.issuer}/.well-known/openid-configuration`);
  const begun = Date.now();
  const { headers } = await connections.to(enrolment).send({ method: 'GET', url });
  const middle = (begun + Date.now()) / 2;
  const theirs = Date.parse(String(headers['date'] ?? ''));
  if (Number.isNaN(theirs)) return 'the response has no Date header';
  // The Date header has whole seconds.
  const skew = Math.round((theirs + 500 - middle) / 1000);
  const text = `the tenant's clock is ${Math.abs(skew)} s ${skew < 0 ? 'behind' : 'ahead of'} this machine's`;
  if (Math.abs(skew) > MAX_SKEW_SECONDS) throw new ClockSkew(text);
  return text;
}

class ClockSkew extends Error {}

type Check = Omit<TenantCheck, 'tenant'>;

const passed = (check: TenantCheck['check'], message: string): Check => ({
  check,
  part: null,
  ok: true,
  code: null,
  message,
});

const failed = (
  check: TenantCheck['check'],
  error: { readonly code: ErrorCode; readonly message: string },
): Check => ({
  check,
  part: null,
  ok: false,
  code: error.code,
  message: error.message,
});

async function attempt(check: TenantCheck['check'], work: () => Promise<string>): Promise<Check> {
  try {
    return passed(check, await work());
  } catch (error) {
    if (error instanceof ClockSkew)
      return { check, part: null, ok: false, code: null, message: error.message };
    if (!isTenantBackupError(error)) throw error;
    return failed(check, error);
  }
}
