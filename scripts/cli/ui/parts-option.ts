import { type Command, InvalidArgumentError } from 'commander';
import { TENANT_PARTS, type TenantPart } from '../../../functions/tenant/enrolment/enrolment-schema.ts';

export interface PartsOptions {
  /** Undefined: left to the functions. */
  readonly parts?: readonly TenantPart[];
}

/** Let a verb be told which parts of a backup it is about. */
export const withParts = (command: Command): Command =>
  command.option(
    '--parts <parts>',
    `which parts of the backup, of ${TENANT_PARTS.join(', ')}, separated by commas (default: hub; of a backup without it, system)`,
    parseParts,
  );

function parseParts(text: string): readonly TenantPart[] {
  const parts = text.split(',').map((part) => part.trim());
  const isPart = (part: string): part is TenantPart => (TENANT_PARTS as readonly string[]).includes(part);
  if (parts.every(isPart) && new Set(parts).size === parts.length) return parts;
  throw new InvalidArgumentError(`It must be one or more of ${TENANT_PARTS.join(', ')}, each once.`);
}

/** As a person types it; nothing for the hub alone, which needs no option. */
export const partsText = (parts: readonly string[]): string =>
  parts.length === 0 || (parts.length === 1 && parts[0] === 'hub') ? '' : ` --parts ${parts.join(',')}`;

/** Whether objects are called what they are called in dumps. */
export const isWithoutHub = (parts: readonly TenantPart[] | undefined): boolean =>
  parts !== undefined && !parts.includes('hub');

/** Whether the function that plans cannot tell what would be done: it knows one part at a time, and no people. */
export const needsDryRun = (parts: readonly TenantPart[] | undefined): boolean =>
  parts !== undefined && (parts.length > 1 || parts.includes('identity'));
