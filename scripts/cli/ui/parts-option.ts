import { type Command, InvalidArgumentError } from 'commander';
import { TENANT_PARTS, type TenantPart } from '../../../functions/tenant/enrolment/enrolment-schema.ts';
import { idWord } from './command-text.ts';

export interface PartsOptions {
  /** @default - chosen by the functions */
  readonly parts?: readonly TenantPart[];
}

/** Adds `--parts`. */
export const withParts = (command: Command): Command =>
  command.option(
    '--parts <parts>',
    `parts of the backup, of ${TENANT_PARTS.join(',')} (default: all but identity, which is people)`,
    parseParts,
  );

function parseParts(text: string): readonly TenantPart[] {
  const parts = text.split(',').map((part) => part.trim());
  const isPart = (part: string): part is TenantPart => (TENANT_PARTS as readonly string[]).includes(part);
  if (parts.every(isPart) && new Set(parts).size === parts.length) return parts;
  throw new InvalidArgumentError(`Must be one or more of ${TENANT_PARTS.join(', ')}, each once.`);
}

/** Returns the option as words of a printed command; none for no parts, which leaves the choice to the functions. */
export const partsWords = (parts: readonly string[]): string[] =>
  parts.length === 0 ? [] : ['--parts', idWord(parts.join(','), 'parts')];

/** Returns whether the selection language is that of dumps. */
export const isWithoutHub = (parts: readonly TenantPart[] | undefined): boolean =>
  parts !== undefined && !parts.includes('hub');

/** Returns whether only a dry run can preview these parts: the plan function cannot read identity. */
export const needsDryRun = (parts: readonly TenantPart[] | undefined): boolean =>
  parts?.includes('identity') === true;
