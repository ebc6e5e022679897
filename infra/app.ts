import { App, Validations } from 'aws-cdk-lib';
import { isTenantBackupError } from '../functions/errors.ts';
import { CONFIGURATION_CONTEXT, createStack } from './configuration.ts';
import { RULE_PACKS } from './rule-packs.ts';

/** The CDK app; it is synthesized when the process ends. */
export const app = new App();
// An unexplained finding stops the synthesis.
Validations.of(app).addPlugins(...RULE_PACKS.map((Pack) => new Pack(app)));

try {
  createStack(app, app.node.tryGetContext(CONFIGURATION_CONTEXT));
} catch (error) {
  if (!isTenantBackupError(error)) throw error;
  // An invalid setting needs a sentence, not a stack trace.
  console.error(`${error.code}: ${error.message}`);
  process.exit(1);
}
