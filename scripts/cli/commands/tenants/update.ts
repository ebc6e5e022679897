import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import type { Enrolments } from '../../../../functions/tenant/enrolment/enrolment.client.ts';
import { parseSecret } from '../../../../functions/tenant/enrolment/enrolment.ts';
import { parseRootTenantName } from '../../../../functions/tenant/enrolment/root-tenant-name.ts';
import { vaultKey } from '../../../../functions/vault/format/layout.ts';
import { openDeployment } from '../../aws/deployment.client.ts';
import {
  createEnrolmentAdministration,
  type EnrolmentAdministration,
} from '../../aws/enrolment-administration.client.ts';
import { openEnrolments } from '../../aws/open-enrolments.client.ts';
import { requireSchedule } from '../../aws/schedules.client.ts';
import { globalOptions, note, print, yellow } from '../../ui/output.ts';
import { readSecret } from '../../ui/secret-input.ts';
import {
  changeFields,
  changeText,
  type FieldChange,
  type Fields,
  fieldChanges,
  tenantFields,
  withTenantFields,
} from './changed-fields.ts';
import { type ChosenParts, leftOutText, nameParts, peopleText } from './default-parts.ts';
import {
  type EnrolmentOptions,
  needsSecret,
  readClientSecret,
  readFields,
  requireFileAlone,
  withEnrolmentOptions,
} from './enrolment-options.ts';
import { parseGiven } from './parse-given.ts';
import { markNotStored, requirePassed, testEnrolment } from './test-enrolment.ts';

interface UpdateOptions extends EnrolmentOptions {
  readonly allWorkspaces?: boolean;
  readonly schedule?: string;
  readonly test: boolean;
}

/** The value that is to be stored. */
interface NextValue {
  readonly text: string;
  /** The version that it replaces. */
  readonly versionId: string;
  /** Null if the value as a whole is replaced, and the one before was not read. */
  readonly changes: readonly FieldChange[] | null;
}

interface Tools {
  readonly administration: EnrolmentAdministration;
  readonly enrolments: Enrolments;
}

/** What a command line names. */
interface Target {
  /** Name on the command line. */
  readonly name: string;
  /** Name of the enrolment, which several tenants may share. */
  readonly enrolment: string;
  /** The tenant in a shared enrolment. */
  readonly entry: string | undefined;
}

/** `tenants update`: changes an enrolment. */
export function registerTenantsUpdate(tenants: Command): void {
  withEnrolmentOptions(
    tenants
      .command('update')
      .description('change what the options name in an enrolment, tested before it is stored')
      .argument('<name>', 'enrolled name of the tenant'),
  )
    .option('--all-workspaces', 'back up the whole tenant, not only some workspaces')
    .option('--schedule <name>', 'deployed schedule that backs it up')
    .option('--no-test', 'store it without testing token, scopes and exports')
    .action(async (name: string, options: UpdateOptions, command: Command) => {
      vaultKey('daily', name);
      const { schedule } = options;
      const target = targetOf(name, schedule);
      const deployment = openDeployment(globalOptions(command).stack);
      if (schedule !== undefined) await requireSchedule(schedule, deployment);
      const administration = createEnrolmentAdministration(
        deployment.secrets,
        await deployment.output('enrolmentPrefix'),
      );
      const tools = { administration, enrolments: await openEnrolments(deployment) };
      const next = await nextValue(target, options, administration);
      const chosen = next === null ? [] : await store(target, next, options.test, tools, command);
      const changes = [...(next?.changes ?? [])];
      if (schedule !== undefined) {
        const before = await administration.reschedule(target.enrolment, schedule);
        if (before !== schedule) changes.push({ field: 'schedule', before, after: schedule });
      }
      const replaced = next !== null && next.changes === null;
      print(command, { tenant: name, replaced, changes }, [
        replaced || changes.length > 0 ? `updated ${name}` : `${name} is already so`,
        ...changes.map(changeText),
        ...leftOutText(chosen).map(yellow),
      ]);
      const [first] = chosen;
      if (first !== undefined) note(command, peopleText(first));
    });
}

/** @throws INVALID_REQUEST for a schedule of one of several tenants that share an enrolment */
function targetOf(name: string, schedule: string | undefined): Target {
  const parsed = parseRootTenantName(name);
  if (parsed === null) return { name, enrolment: name, entry: undefined };
  const { enrolment, tenantId } = parsed;
  if (schedule === undefined) return { name, enrolment, entry: tenantId ?? name };
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `--schedule is of the whole enrolment: name ${enrolment}; nothing was stored`,
    { tenant: name },
  );
}

/** Makes the next value of the secret.
 * @returns null if the options leave it as it is */
async function nextValue(
  { enrolment, entry }: Target,
  { file, schedule, test: _, allWorkspaces, ...options }: UpdateOptions,
  administration: EnrolmentAdministration,
): Promise<NextValue | null> {
  if (file !== undefined) {
    requireFileAlone({ ...options, ...(allWorkspaces && { allWorkspaces }) });
    if (entry !== undefined) {
      throw new TenantBackupError(
        'INVALID_REQUEST',
        `--file is a whole enrolment: name ${enrolment}; nothing was stored`,
      );
    }
    const versionId = await administration.currentVersion(enrolment);
    return { text: await readSecret('enrolment', file), versionId, changes: null };
  }
  const named = { ...(await readFields(options)), ...(allWorkspaces && { workspaces: undefined }) };
  const isNamed = Object.keys(named).length > 0;
  if (!isNamed && schedule !== undefined) return null;
  const { text, versionId } = await administration.read(enrolment);
  const value = fieldsOf(text, enrolment);
  const before = tenantFields(enrolment, value, entry);
  const fields = isNamed ? named : { clientSecret: await askForSecret(before) };
  const after = changeFields(before, fields);
  const changes = fieldChanges(before, after);
  if (changes.length === 0) return null;
  return { text: JSON.stringify(withTenantFields(value, entry, after)), versionId, changes };
}

function fieldsOf(text: string, name: string): Fields {
  const value = parseSecret(text, name);
  if (typeof value === 'object' && value !== null) return value as Fields;
  throw new TenantBackupError('INVALID_ENROLMENT', `enrolment "${name}": the secret must be a JSON object`, {
    tenant: name,
  });
}

/** Asks for the next client secret: the change that needs no option.
 * @throws INVALID_REQUEST if the client has none */
async function askForSecret({ authentication }: Fields): Promise<string> {
  if (needsSecret(authentication as string | undefined)) return readClientSecret(undefined);
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `an option must name what to change: the client authenticates by ${authentication}, without a secret`,
  );
}

/** Tests and stores the next value.
 * @returns the parts that no person named, by tenant */
async function store(
  { name, enrolment }: Target,
  { text, versionId, changes }: NextValue,
  isTested: boolean,
  { administration, enrolments }: Tools,
  command: Command,
): Promise<readonly ChosenParts[]> {
  const parsed = markNotStored(() => parseGiven(text, enrolment));
  const checks = isTested ? await testEnrolment(name, parsed, enrolments, command) : [];
  const next =
    changes === null
      ? nameParts(text, enrolment, checks)
      : { text, chosen: [], failed: checks.filter(({ ok }) => !ok) };
  requirePassed(name, next.failed, command);
  await administration.replace(enrolment, next.text, versionId);
  return next.chosen;
}
