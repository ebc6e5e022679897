import type { Deployment } from './deployment.ts';
import type { Stage } from './story.ts';

/** What a person can do with a demonstration that was left running. */
export function howToUse({ localAws, sandbox, tenants, folder }: Stage, deployment: Deployment): string {
  const tenant = tenants[0]?.id ?? '';
  const variables = Object.entries({
    ...localAws.environment,
    SANDBOX: sandbox.url,
    VAULT: deployment.output('vaultBucket'),
    LEDGER: deployment.output('ledgerBucket'),
  }).filter(([, value]) => value !== '');
  return [
    'Everything is still running. In another terminal, in this folder:',
    ...variables.map(([name, value]) => `  export ${name}=${value}`),
    '',
    'Back up now, and look at it:',
    `  npx tenant-backup run ${tenant}`,
    `  npx tenant-backup show ${tenant}`,
    `  tar tvf ${folder}/${tenant}.tar`,
    'Damage it, as somebody would in the console of SecureAuth:',
    `  curl $SANDBOX/_sandbox/tenants/${tenant} -X PATCH -d '{"name":"somebody else"}'`,
    'See what is wrong, and restore:',
    `  npx tenant-backup diff ${tenant}`,
    `  npx tenant-backup restore ${tenant}`,
    'One more tenant, whose enrolment is what the stand-in answers:',
    `  curl $SANDBOX/_sandbox/tenants -d '{"id":"shop","like":"${tenant}"}' -o shop.json`,
    '  npx tenant-backup tenants add shop --file shop.json',
    'How the stand-in for SecureAuth can be made to misbehave: npm run sandbox -- --help',
    '',
    'Ctrl-C ends it.',
  ].join('\n');
}
