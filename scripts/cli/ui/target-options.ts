import type { Command } from 'commander';
import { LineCounter, parse, YAMLParseError } from 'yaml';
import type { Json } from '../../../functions/config/json/json-value.ts';
import { requireExactNumbers } from '../../../functions/config/json/written-json.ts';
import { parseTransform } from '../../../functions/config/transform/transform-schema.ts';
import { TenantBackupError } from '../../../functions/errors.ts';
import { vaultKey } from '../../../functions/vault/format/layout.ts';
import { readText } from './files.ts';

/** The tenant to restore into, and the values to change there. */
export interface TargetOptions {
  readonly into?: string;
  readonly transform?: string;
}

/** Adds `--into` and `--transform`. */
export const withTarget = (command: Command): Command =>
  command
    .option('--into <tenant>', 'enrolled tenant to restore into (default: the tenant of the backup)')
    .option('--transform <file>', 'JSON or YAML file with the values to change (docs/PLANS.md)');

/** Reads the target for the restore function. The transform may hold credentials.
 * @throws INVALID_REQUEST before any request */
export async function readTarget(
  tenant: string,
  { into, transform }: TargetOptions,
): Promise<{ into?: string; transform?: object }> {
  // Validates the name.
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
  requireExactNumbers(value as Json, `file ${file}`);
  return value as object;
}

/** Parses YAML, and so JSON. An error names the line number and never the line, which may hold a credential. */
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

/** Returns the request to the plan function. Its tenant is the target, and its transform has no credential values. */
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
  readonly allowOldBytes?: boolean | undefined;
  readonly asOf?: string | undefined;
  readonly tier?: string | undefined;
  readonly parts?: readonly string[] | undefined;
  readonly selection?: object | undefined;
  readonly mode: string;
  readonly credentials: string;
  readonly prune: boolean;
}

/** Describes a comparison in progress. */
export const comparingText = (tenant: string, into: string | undefined): string =>
  into === undefined
    ? `comparing ${tenant} with its backup`
    : `comparing ${into} with the backup of ${tenant}`;
