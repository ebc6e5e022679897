import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { isTenantBackupError } from '../functions/errors.ts';
import { CONFIGURATION_CONTEXT, parseConfiguration } from './configuration.ts';
import { TenantBackupStack } from './stack.ts';

/** The CDK app; it is synthesized when the process ends. */
export const app = new App();
// A finding that nobody has explained stops the synthesis.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

try {
  const configuration = parseConfiguration(app.node.tryGetContext(CONFIGURATION_CONTEXT));
  new TenantBackupStack(app, configuration.stackName, { configuration });
} catch (error) {
  if (!isTenantBackupError(error)) throw error;
  // A typing error in the settings deserves a sentence, not a stack trace.
  console.error(`${error.code}: ${error.message}`);
  process.exit(1);
}
