/** Chooses the parts of an enrolment that names none, by what the client may export. */
import type { ErrorCode } from '../../../../functions/errors.ts';
import { DEFAULT_PARTS, type TenantPart } from '../../../../functions/tenant/enrolment/enrolment-schema.ts';
import { rootTenantName } from '../../../../functions/tenant/enrolment/root-tenant-name.ts';
import type { TenantCheck } from '../../aws/check-tenant.client.ts';
import { commandText } from '../../ui/command-text.ts';

/** The parts that were chosen for a tenant. */
export interface ChosenParts {
  readonly tenant: string;
  readonly parts: readonly TenantPart[];
  /** The failed checks of the parts that are left out. */
  readonly leftOut: readonly TenantCheck[];
}

/** An enrolment whose parts are all named. */
export interface NamedParts {
  /** JSON text of the enrolment. */
  readonly text: string;
  /** One for each tenant whose parts the person did not name. */
  readonly chosen: readonly ChosenParts[];
  /** Failed checks, except those of parts that are left out. */
  readonly failed: readonly TenantCheck[];
}

type Fields = Record<string, unknown>;

/** Writes the parts into an enrolment, or into each tenant of a shared one. It never changes parts that a person named.
 * @param text of a valid enrolment
 * @param checks of its tenants; without any, the parts are the default ones */
export function nameParts(text: string, name: string, checks: readonly TenantCheck[]): NamedParts {
  const enrolment: Fields = JSON.parse(text);
  const chosen: ChosenParts[] = [];
  const withParts = (tenant: string, fields: Fields): Fields => {
    // Schedules of key rotation are in the part system: an enrolment that asks for them names it.
    if (fields['parts'] !== undefined || fields['keyRotation'] === true) return fields;
    const found = chooseParts(
      tenant,
      checks.filter((check) => check.tenant === tenant),
    );
    chosen.push(found);
    return { ...fields, parts: found.parts };
  };
  const shared = enrolment['tenants'] as Record<string, Fields> | undefined;
  const named =
    shared === undefined
      ? withParts(name, enrolment)
      : {
          tenants: Object.fromEntries(
            Object.entries(shared).map(([entry, fields]) => [
              entry,
              withParts(rootTenantName(name, entry), fields),
            ]),
          ),
        };
  const leftOut = new Set(chosen.flatMap((each) => each.leftOut));
  const failed = checks.filter((check) => !check.ok && !leftOut.has(check));
  return { text: JSON.stringify(named), chosen, failed };
}

/** Leaves out a part that the tenant refuses, if another part works. An outage leaves out nothing. */
function chooseParts(tenant: string, checks: readonly TenantCheck[]): ChosenParts {
  const works = checks.some(({ part, ok }) => part !== null && ok);
  const leftOut = works ? checks.filter(isRefused) : [];
  const parts = DEFAULT_PARTS.filter((part) => !leftOut.some((check) => check.part === part));
  return { tenant, parts, leftOut };
}

/** Answers to a client that has no rights there, or to any client of a tenant without that API. */
const REFUSALS: ReadonlySet<ErrorCode | null> = new Set<ErrorCode>(['PERMISSION_DENIED', 'TENANT_NOT_FOUND']);

/** A hub that is switched off also lacks each workspace; the dump shows whether the tenant has it. */
const isRefused = ({ part, ok, code }: TenantCheck): boolean =>
  part !== null && !ok && (REFUSALS.has(code) || (part === 'hub' && code === 'WORKSPACE_NOT_FOUND'));

/** What a backup lacks without a default part. */
const LOST: Readonly<Partial<Record<TenantPart, string>>> = {
  hub: 'identity pools and schemas; the dump holds the rest',
  system: 'ACRs, authorization details, roles, script secrets and vanity domains',
};

/** Says which parts are left out, why, and what a backup then lacks. */
export const leftOutText = (chosen: readonly ChosenParts[]): string[] =>
  chosen
    .flatMap(({ leftOut }) => leftOut)
    .map(
      ({ tenant, part, code, message }) =>
        `${tenant}: ${part} is not backed up: ${code}: ${message}; without it, a backup lacks ${LOST[part as TenantPart]}`,
    );

/** Says that people's data is no default part, and how to add it. */
export const peopleText = ({ tenant, parts }: ChosenParts): string =>
  `people are not backed up; to add them: ${commandText('tenants', 'update', tenant, '--parts', [...parts, 'identity'].join(','))}`;
