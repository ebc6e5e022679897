import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { createStack } from '../../infra/configuration.ts';
import type { TenantBackupStack } from '../../infra/stack.ts';

const cdkJson = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));

/** The settings that `cdk.json` ships. */
export const shippedSettings: Record<string, unknown> = cdkJson.context.tenantBackup;

/**
 * Build the stack as the app does, but without bundling the functions' code.
 * @param settings laid over the shipped ones
 */
export function buildStack(settings: Record<string, unknown> = {}): { app: App; stack: TenantBackupStack } {
  const app = new App({ context: { ...cdkJson.context, 'aws:cdk:bundling-stacks': [] } });
  return { app, stack: createStack(app, { ...shippedSettings, ...settings }) };
}

const templates = new Map<string, Template>();

/** The CloudFormation template of the stack, which tests must not change: those with equal settings share it. */
export function synthesize(settings: Record<string, unknown> = {}): Template {
  const key = JSON.stringify(settings);
  const template = templates.get(key) ?? Template.fromStack(buildStack(settings).stack);
  templates.set(key, template);
  return template;
}

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** All resources of a type, by logical id. */
export const resourcesOf = (template: Template, type: string): Record<string, Resource> =>
  template.findResources(type) as Record<string, Resource>;

/** The logical id of the one resource of this type whose id begins so; constructs' names begin it. */
export function logicalId(template: Template, type: string, beginning: string): string {
  const ids = Object.keys(resourcesOf(template, type)).filter((id) => id.startsWith(beginning));
  if (ids.length !== 1) throw new Error(`${ids.length} resources of type ${type} begin with ${beginning}`);
  return ids[0] as string;
}

/** That resource's properties. */
export const propertiesOf = (template: Template, type: string, beginning: string): Record<string, unknown> =>
  resourcesOf(template, type)[logicalId(template, type, beginning)]?.Properties ?? {};
