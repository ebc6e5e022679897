import { type App, Tags } from 'aws-cdk-lib';
import * as z from 'zod';
import { TenantBackupError } from '../functions/errors.ts';
import { parseInput } from '../functions/parse.ts';
import { completeSettings, deploymentName, type Settings } from './settings.ts';
import { TenantBackupStack } from './stack.ts';
import type { TenantBackupProps } from './tenant-backup-props.ts';

/** The key in the CDK context (`cdk.json`, or `-c tenantBackup='{...}'`) that holds the configuration. */
export const CONFIGURATION_CONTEXT = 'tenantBackup';

/** Fields of the stack. All others are props of the construct, which `completeSettings` checks. */
const stackSchema = z.looseObject({
  stackName: deploymentName,
  terminationProtection: z.boolean().optional(),
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).default({}),
});

/**
 * Creates the stack that `cdk.json` describes.
 * @param context value of the CDK context: an object from `cdk.json`, or JSON text from the command line
 * @throws INVALID_CONFIGURATION as `parseConfiguration`
 */
export function createStack(app: App, context: unknown): TenantBackupStack {
  const { stackName, terminationProtection, tags, props } = parseConfiguration(context);
  const stack = new TenantBackupStack(app, stackName, {
    ...props,
    ...(terminationProtection !== undefined && { terminationProtection }),
  });
  for (const [name, value] of Object.entries(tags)) Tags.of(stack).add(name, value);
  return stack;
}

/** Settings of the repository's own stack. */
export interface Configuration {
  readonly stackName: string;
  readonly terminationProtection: boolean | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** As they stand in `cdk.json`, checked. */
  readonly props: TenantBackupProps;
  /** The props with every default filled in. */
  readonly settings: Settings;
}

/**
 * Parses the context. It refuses what the construct would refuse, but names the setting of `cdk.json`.
 * @throws INVALID_CONFIGURATION if a field is unknown, missing or out of bounds, or two contradict each other; names
 * field, bound and value
 */
export function parseConfiguration(context: unknown): Configuration {
  const input = typeof context === 'string' ? parseJson(context) : context;
  const { stackName, terminationProtection, tags, ...props } = parseInput(
    stackSchema,
    input,
    CONFIGURATION_CONTEXT,
    'INVALID_CONFIGURATION',
  );
  const settings = completeSettings({ name: stackName, ...props }, CONFIGURATION_CONTEXT);
  return { stackName, terminationProtection, tags, props: props as unknown as TenantBackupProps, settings };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TenantBackupError(
      'INVALID_CONFIGURATION',
      `${CONFIGURATION_CONTEXT} must be a JSON object, got text of ${text.length} characters that is not JSON`,
      {},
      { cause },
    );
  }
}
