import type { Deployment } from './deployment.ts';
import type { Stage } from './story.ts';

/** Explains how to use a running demonstration. */
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
    '  npm link',
    ...variables.map(([name, value]) => `  export ${name}=${value}`),
    '',
    'Back up now, and inspect the backup:',
    `  tenant-backup run ${tenant}`,
    `  tenant-backup show ${tenant}`,
    `  tar tvf ${folder}/${tenant}.tar`,
    'Damage it, as a person might in the console of SecureAuth:',
    `  curl $SANDBOX/_sandbox/tenants/${tenant} -X PATCH -d '{"name":"somebody else"}'`,
    'Show the damage, and restore:',
    `  tenant-backup diff ${tenant}`,
    `  tenant-backup restore ${tenant}`,
    'Add a tenant; the stand-in answers with its enrolment:',
    `  curl $SANDBOX/_sandbox/tenants -d '{"id":"shop","like":"${tenant}"}' -o shop.json`,
    '  tenant-backup tenants add shop --file shop.json',
    'Make the stand-in for SecureAuth fail: npm run sandbox -- --help',
    '',
    'Press Ctrl-C to stop.',
  ].join('\n');
}
