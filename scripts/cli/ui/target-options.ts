import type { Command } from 'commander';
import { LineCounter, parse, YAMLParseError } from 'yaml';
import { parseTransform } from '../../../functions/config/transform/transform.ts';
import { TenantBackupError } from '../../../functions/errors.ts';
import { vaultKey } from '../../../functions/vault/format/layout.ts';
import { readText } from './files.ts';

/** Where a backup goes, if not to the tenant that it is of, and what has to be another there. */
export interface TargetOptions {
  readonly into?: string;
  readonly transform?: string;
}

export const withTarget = (command: Command): Command =>
  command
    .option('--into <tenant>', 'write to this tenant instead, enrolled as this (default: the one it is of)')
    .option('--transform <file>', 'JSON or YAML of what has to be another there (docs/PLANS.md)');

/** The target as the restore function is asked for it. The transform may hold credentials.
 * @throws INVALID_REQUEST before AWS is asked */
export async function readTarget(
  tenant: string,
  { into, transform }: TargetOptions,
): Promise<{ into?: string; transform?: object }> {
  // Judges the name.
  if (into !== undefined) vaultKey('daily', into);
  const isElsewhere = into !== undefined && into !== tenant;
  return {
    ...(isElsewhere && { into }),
    ...(transform !== undefined && { transform: await readTransform(transform) }),
  };
}

async function readTransform(file: string): Promise<object> {
  const value = parseText(await readText(file), file);
  parseTransform(value);
  return value as object;
}

/** Every JSON is YAML. What is wrong is told by its line, as a line itself may hold a credential. */
function parseText(text: string, file: string): unknown {
  const lineCounter = new LineCounter();
  try {
    return parse(text, { lineCounter, prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    const where =
      error instanceof YAMLParseError
        ? `: ${error.code} in line ${lineCounter.linePos(error.pos[0]).line}`
        : '';
    throw new TenantBackupError('INVALID_REQUEST', `file ${file} must be JSON or YAML${where}`);
  }
}

/** The same as the plan function is asked: it names the tenant that would be written to, and wants no credential. */
export function planRequestOf({
  tenant,
  into,
  transform,
  versionId,
  asOf,
  tier,
  ...others
}: PlanFields): Readonly<Record<string, unknown>> {
  const backup = {
    ...(versionId !== undefined && { versionId }),
    ...(asOf !== undefined && { asOf }),
    ...(tier !== undefined && { tier }),
  };
  const { credentialValues: _, ...told } = (transform ?? {}) as { readonly credentialValues?: unknown };
  return {
    ...(into === undefined ? { tenant, ...backup } : { tenant: into, desired: { tenant, ...backup } }),
    ...(transform !== undefined && { transform: told }),
    ...others,
  };
}

interface PlanFields {
  readonly tenant: string;
  readonly into?: string | undefined;
  readonly transform?: object | undefined;
  readonly versionId?: string | undefined;
  readonly asOf?: string | undefined;
  readonly tier?: string | undefined;
  readonly parts?: readonly string[] | undefined;
  readonly selection?: object | undefined;
  readonly mode: string;
  readonly credentials: string;
  readonly prune: boolean;
}

/** What the plan function does, for people who wait. */
export const comparing = (tenant: string, into: string | undefined): string =>
  into === undefined
    ? `comparing ${tenant} with its backup`
    : `comparing ${into} with the backup of ${tenant}`;
