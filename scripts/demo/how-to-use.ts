import { ENROLMENT_PREFIX } from '../../functions/runtime/names.ts';
import type { Deployment } from './deployment.ts';
import type { Stage } from './story.ts';

/** What a person can do with a demonstration that was left running. */
export function howToUse({ localAws, sandbox, tenants, folder }: Stage, deployment: Deployment): string {
  const [tenant] = tenants;
  const variables = Object.entries(localAws.environment)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `  export ${name}=${value}`);
  const invoke = (name: 'dispatchFunction' | 'restoreFunction', event: object) =>
    `  AWS_MAX_ATTEMPTS=1 aws lambda invoke --cli-read-timeout 900 --function-name ${deployment.output(name)} --cli-binary-format raw-in-base64-out \\\n` +
    `    --payload '${JSON.stringify(event)}' /dev/stdout`;
  return [
    'Everything is still running. In another terminal:',
    ...variables,
    '',
    'Back up now:',
    invoke('dispatchFunction', { tenants: [tenant?.id] }),
    'See what a restore would change, then restore:',
    invoke('restoreFunction', { tenant: tenant?.id, dryRun: true }),
    invoke('restoreFunction', { tenant: tenant?.id }),
    'The vault, and an archive taken from it:',
    `  aws s3api list-object-versions --bucket ${deployment.output('vaultBucket')}`,
    `  tar tvf ${folder}/${tenant?.id}.tar`,
    'Damage a tenant yourself, or make the stand-in for SecureAuth misbehave:',
    `  ${sandbox.url}/_sandbox/faults`,
    `  its clients are in the secrets ${ENROLMENT_PREFIX}<tenant>`,
    '',
    'Ctrl-C ends it.',
  ].join('\n');
}
