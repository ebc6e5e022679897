/** What is prepared before a step, by `test/e2e/pages.e2e.test.ts`. */
export type Preparation =
  | 'enrolment'
  | 'acme is not enrolled'
  | 'the enrolment of acme is deleted'
  | 'lists have acme'
  | 'acme is damaged'
  | 'globex is damaged'
  | 'the plan of globex is stale'
  | 'an archive is hidden'
  | 'a key is about to go'
  | 'a grant lets somebody in'
  | 'a scratch tenant is enrolled'
  | 'a backup has failed'
  | 'the signing key is at hand'
  | 'an export is saved'
  | 'acme is gone'
  | 'ids';

/** A documented command, in the order in which they are tried. */
export interface Step {
  /** As documented, but for `npx` before `tenant-backup`. */
  readonly command: string;
  readonly before?: Preparation;
  /** Exit code. @default 0 */
  readonly exit?: number;
  /** On standard output or error. */
  readonly prints?: RegExp;
  /** What a person would be asked for, said beforehand. */
  readonly answers?: string;
  /** Whether it is typed in a folder that holds only what its section of the page says to write there. @default false */
  readonly isApart?: boolean;
}

const output = (variable: string, name: string): Step => ({
  command: `export ${variable}=$(aws cloudformation describe-stacks --stack-name TenantBackup --query "Stacks[0].Outputs[?OutputKey=='${name}'].OutputValue" --output text)`,
});

const logs = (verb: string, seconds: number): Step => ({
  command: `aws logs filter-log-events --log-group-name "$(aws lambda get-function-configuration --function-name TenantBackup-${verb} --query LoggingConfig.LogGroup --output text)" --start-time $((($(date +%s) - ${seconds}) * 1000)) --filter-pattern ERROR --query 'events[].message' --output text`,
});

const invoke = (verb: string, payload: string, timeout = ''): string =>
  `aws lambda invoke --function-name TenantBackup-${verb} ${timeout}--cli-binary-format raw-in-base64-out --payload '${payload}' /dev/stdout`;

const ADD =
  'tenant-backup tenants add acme --issuer https://acme.eu.authz.cloudentity.io/acme/system --client-id backup';
const DAMAGE =
  '{"servers":{"customers":{"clients":{"portal":null,"mobile-app":{"redirect_uris":["https://attacker.example/"]}}}}}';

/** Before there is a stack: its public half goes into the settings that are deployed. */
export const BEFORE_DEPLOYMENT: readonly Step[] = [
  {
    command: 'tenant-backup escrow create --out escrow',
    answers: '--no-passphrase',
    prints: /escrow-[0-9a-f]+\.private\.pem/,
  },
];

/** Every documented command that is run on the deployed stack, in an order in which each finds what it needs. */
export const REHEARSAL: readonly Step[] = [
  // Enrolments
  { command: 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out backup-key.pem' },
  {
    command: `${ADD} --authentication private_key_jwt --private-key-file backup-key.pem`,
    answers: '--no-test',
    prints: /enrolled acme/,
  },
  {
    command: ADD,
    before: 'acme is not enrolled',
    answers: '--client-secret-file secret --no-test',
    prints: /enrolled acme, backed up by schedule nightly/,
  },
  { command: 'tenant-backup tenants test acme', prints: /6 checks, 0 failed/ },
  {
    command: 'tenant-backup tenants add acme --file enrolment.json',
    before: 'acme is not enrolled',
    prints: /enrolled acme/,
  },
  {
    command: 'tenant-backup tenants update acme --schedule nightly',
    prints: /acme is already so/,
  },
  {
    command: 'tenant-backup tenants update acme',
    answers: '--client-secret-file secret',
    prints: /acme is already so/,
  },
  {
    command: 'aws secretsmanager restore-secret --secret-id tenant-backup/tenants/acme',
    before: 'the enrolment of acme is deleted',
  },
  {
    command:
      'aws secretsmanager tag-resource --secret-id tenant-backup/tenants/acme --tags Key=tenant-backup:schedule,Value=nightly',
  },
  { command: 'tenant-backup tenants list', before: 'lists have acme', prints: /^acme +nightly/m },
  { command: 'tenant-backup tenants pause globex', prints: /paused globex/ },
  { command: 'tenant-backup tenants resume globex', prints: /globex/ },
  {
    command: 'tenant-backup show globex',
    exit: 1,
    prints: /NO_BACKUP: .*\n {2}next: tenant-backup run globex/,
  },

  // Backups
  { command: 'tenant-backup run acme', prints: /acme: stored in manual/ },
  { command: 'tenant-backup run acme globex', prints: /globex: stored in manual/ },
  {
    command: 'tenant-backup run acme --description "before release 7"',
    prints: /acme: stored in manual/,
  },
  {
    command: 'tenant-backup run acme --without-credentials --type clients',
    prints: /acme: stored in manual/,
  },
  { command: 'tenant-backup run acme --tier daily', prints: /acme: stored in daily/ },
  { command: 'tenant-backup run acme globex --tier daily', prints: /globex: stored in daily/ },
  { command: 'tenant-backup list', prints: /^globex +daily/m },
  { command: 'tenant-backup list acme', prints: /^acme +manual .* before release 7$/m },
  { command: 'tenant-backup show acme', prints: /^PART +PLAIN +SEALED/m },
  { command: 'tenant-backup download acme --out acme.tar', prints: /digests ok/ },
  { command: 'tenant-backup inspect acme.tar', prints: /signature not verified/ },
  { command: 'tenant-backup keys signing --out escrow', prints: /^-----BEGIN PUBLIC KEY-----$/m },
  {
    command: 'tenant-backup inspect acme.tar --public-key signing.pem',
    before: 'the signing key is at hand',
    prints: /signature verified/,
  },
  { command: 'tenant-backup verify', prints: /backups opened, \d+ objects counted; 0 failed/ },
  { command: 'tenant-backup verify acme', prints: /; 0 failed/ },
  { command: 'tenant-backup keys inspect acme.tar', prints: /escrow/ },
  { command: 'tenant-backup open acme.tar --tenant acme --out document.json' },
  { command: 'tenant-backup open acme.tar --workspace customers --out customers.json' },
  { command: 'tenant-backup open acme.tar --document hub --out hub.json' },
  { command: 'tenant-backup open acme.tar --part hub.config --out config.json' },

  // The tour
  {
    command: `curl "$SANDBOX/_sandbox/tenants" -d '{"id":"shop","like":"acme"}' --silent --output shop.json`,
  },
  { command: 'tenant-backup tenants add shop --file shop.json', prints: /enrolled shop/ },
  { command: 'tenant-backup run shop', prints: /shop: stored in manual/ },
  { command: 'tenant-backup list shop', prints: /^shop +manual/m },
  { command: 'tenant-backup show shop', prints: /^tenant +shop/m },
  { command: `curl "$SANDBOX/_sandbox/tenants/shop" -X PATCH -d '${DAMAGE}'` },
  { command: 'tenant-backup diff shop', exit: 3, prints: /^- client portal/m },
  { command: 'tenant-backup plan shop', prints: /^\+ client portal/m },
  { command: 'tenant-backup restore shop --yes', prints: /^verdict +verified/m },
  { command: 'tenant-backup status shop', prints: /^outcome +restored/m },
  { command: 'tenant-backup keys inspect shop', prints: /^hub\.config +kms +arn:/m },
  { command: 'tenant-backup retention preview shop', prints: /^manual +.* current$/m },

  // Restores
  { command: 'tenant-backup diff acme', before: 'acme is damaged', exit: 3, prints: /^- client portal/m },
  { command: 'tenant-backup plan acme', prints: /^\+ client portal/m },
  { command: 'tenant-backup plan acme --type clients', prints: /^\+ client portal/m },
  { command: 'tenant-backup plan acme --workspace customers --type clients', prints: /^\+ client portal/m },
  { command: invoke('plan', '{"tenant":"acme"}', '--cli-read-timeout 600 '), prints: /"planId"/ },
  { command: 'export AWS_MAX_ATTEMPTS=1' },
  {
    command: invoke('restore', '{"tenant":"acme","dryRun":true}', '--cli-read-timeout 900 '),
    prints: /"verdict": ?"planned"/,
  },
  {
    command: 'tenant-backup restore acme --workspace customers --type clients',
    answers: '--yes',
    prints: /^verdict +verified/m,
  },
  {
    command: 'tenant-backup restore acme@$SAFETY_BACKUP --parts hub --prune-created-by $OPERATION',
    before: 'ids',
    answers: '--yes',
    prints: /^verdict +verified/m,
  },
  { command: 'tenant-backup restore acme', answers: '--yes', prints: /^verdict +verified/m },
  {
    command: 'tenant-backup restore acme --yes',
    before: 'acme is damaged',
    prints: /^verdict +verified/m,
  },
  {
    command: 'tenant-backup patch make globex --reverse --out patch.json',
    before: 'globex is damaged',
    prints: /wrote patch.json/,
  },
  { command: 'tenant-backup patch apply globex patch.json --yes', prints: /^verdict +verified/m },
  {
    command:
      'tenant-backup restore globex --plan 9cba1dfe186e0397d28b14cb05277329f83eeba4579fffb4e113aaa64ba63944 --yes',
    before: 'the plan of globex is stale',
    exit: 1,
    prints: /PLAN_STALE: .*nothing was written/,
  },
  { command: 'tenant-backup status acme', prints: /^outcome +restored$[\s\S]*^state +stored$/m },
  { command: invoke('status', '{"tenant":"acme"}'), prints: /"outcome": ?"restored"/ },
  { command: 'tenant-backup diff acme@$BEFORE acme', before: 'ids', prints: /unchanged/ },

  // What the vault holds, and for how long
  output('VAULT', 'VaultBucket'),
  output('LEDGER', 'LedgerBucket'),
  output('DEAD_LETTERS', 'DeadLetterQueueUrl'),
  output('UNDELIVERED', 'UndeliveredQueueUrl'),
  {
    command:
      'aws s3api list-object-versions --bucket "$VAULT" --prefix daily/acme.tar --query \'Versions[].[VersionId,LastModified,Size]\' --output text',
    prints: /\d{4}-\d\d-\d\d/,
  },
  {
    command: 'aws s3api list-object-versions --bucket "$VAULT" --prefix daily/acme.tar',
    prints: /"VersionId"/,
  },
  {
    command: 'aws s3api get-object --bucket "$VAULT" --key daily/acme.tar --version-id "$VERSION" acme.tar',
    before: 'ids',
  },
  {
    command: 'aws s3api delete-object --bucket "$VAULT" --key daily/acme.tar --version-id "$MARKER"',
    before: 'an archive is hidden',
  },
  { command: 'tenant-backup retention preview acme', prints: /versions kept/ },
  { command: 'tenant-backup retention preview acme --at 2027-01-31T02:00:00Z', prints: /2027-01-31/ },
  { command: 'tenant-backup retention check' },
  { command: 'tenant-backup hold acme', prints: /^holding / },
  { command: 'tenant-backup release acme', prints: /^released / },
  { command: 'tenant-backup delete acme@$VERSION --confirm $VERSION', before: 'ids' },

  // Keys
  { command: 'tenant-backup keys list', prints: /^configuration +first/m },
  { command: 'tenant-backup keys create --purpose credentials --label second' },
  { command: 'tenant-backup keys create --purpose credentials --label own --tenant acme' },
  { command: 'tenant-backup keys default second --purpose credentials' },
  // The local AWS lacks the operation, which the command says.
  { command: 'tenant-backup keys rotate first --purpose credentials', exit: 1, prints: /NOT_SUPPORTED/ },
  { command: 'aws kms cancel-key-deletion --key-id "$KEY"', before: 'a key is about to go' },
  { command: 'aws kms enable-key --key-id "$KEY"' },
  { command: 'aws kms tag-resource --key-id "$KEY" --tags TagKey=application,TagValue=tenant-backup' },
  {
    command: 'tenant-backup keys add "$KEY" --purpose configuration --label again',
    before: 'a grant lets somebody in',
    prints: /the key allows .*, by grant /,
  },
  { command: 'aws kms get-key-policy --key-id "$KEY" --query Policy --output text', prints: /:root"/ },
  { command: 'aws kms list-grants --key-id "$KEY"', prints: /GranteePrincipal/ },
  {
    command: 'tenant-backup keys check --no-open',
    exit: 1,
    prints: /^KEY_PRINCIPAL_UNEXPECTED +configuration /m,
  },
  { command: 'tenant-backup keys default first --purpose credentials' },
  { command: 'aws kms revoke-grant --key-id "$KEY" --grant-id "$GRANT"' },
  { command: 'tenant-backup keys check' },
  { command: 'tenant-backup rewrap acme' },
  { command: 'tenant-backup rewrap acme --escrow escrow.private.pem' },

  // Another account
  { command: 'tenant-backup upload acme.tar', prints: /in safety as/ },
  { command: 'tenant-backup upload acme.tar --tenant acme', prints: /in safety as/ },
  {
    command: 'tenant-backup upload --export tenant.json --tenant acme --as-of "2 days ago"',
    before: 'an export is saved',
    prints: /^sealed the export of acme of .* in manual as/m,
  },
  { command: 'tenant-backup rewrap acme --tier safety --escrow escrow.private.pem' },
  { command: 'tenant-backup restore acme --tier safety', answers: '--yes', prints: /verified|no changes/ },

  // The whole
  // Drills
  {
    command: 'tenant-backup drill acme',
    before: 'a scratch tenant is enrolled',
    prints: /^verdict +verified$/m,
  },
  { command: 'tenant-backup status scratch', prints: /^outcome +restored/m },
  { command: 'tenant-backup tenants probe scratch', prints: /^tenant as before: /m },
  {
    command:
      'aws scheduler get-schedule --group-name TenantBackup-drill --name TenantBackup-drill --query State',
  },

  // The restore that was refused for its stale plan is no finding, and what was done to acme above is one.
  { command: 'tenant-backup report --now', exit: 3, prints: /^DRILLED/m },
  { command: 'tenant-backup report', exit: 3, prints: /^DRILLED/m },
  { command: 'tenant-backup report --html report.html', exit: 3 },
  {
    command: "tenant-backup acknowledge dfaf444fdf87 --reason 'rotated after the incident of Tuesday'",
    exit: 2,
    prints: /must be the id of a finding of the last report/,
  },
  // The local AWS has one user, root, which is no role.
  { command: 'tenant-backup doctor', exit: 3, prints: /^stack +outputs +ok/m },
  { command: 'source <(tenant-backup completion bash)' },
  { command: 'aws scheduler get-schedule --group-name TenantBackup --name nightly --query State' },
  {
    command:
      'aws scheduler get-schedule --group-name TenantBackup-audit --name TenantBackup-audit --query State',
  },
  { command: 'aws cloudformation detect-stack-drift --stack-name TenantBackup' },
  {
    command: `aws sns list-subscriptions-by-topic --topic-arn "$(aws cloudformation describe-stacks --stack-name TenantBackup --query "Stacks[0].Outputs[?OutputKey=='AlarmTopicArn'].OutputValue" --output text)"`,
    prints: /"Subscriptions"/,
  },
  logs('backup', 3_600),
  {
    command: 'aws s3 ls "s3://$LEDGER/failures/" --recursive',
    before: 'a backup has failed',
    prints: /failures\/acme\/.*\.json/,
  },
  { command: 'aws s3 ls "s3://$LEDGER/failures/acme/"' },
  {
    command:
      'aws sqs receive-message --queue-url "$DEAD_LETTERS" --message-attribute-names All --max-number-of-messages 10 --visibility-timeout 1 --query \'Messages[].[Body,MessageAttributes.code.StringValue,MessageAttributes.reason.StringValue,MessageAttributes.answer.StringValue]\' --output text',
    prints: /CREDENTIALS_BLANK/,
  },
  { command: 'aws sqs purge-queue --queue-url "$DEAD_LETTERS"' },
  {
    command:
      'aws sqs receive-message --queue-url "$UNDELIVERED" --visibility-timeout 1 --query \'Messages[].Body\' --output text',
  },
  { command: 'aws sqs purge-queue --queue-url "$UNDELIVERED"' },
  { command: invoke('dispatch', '{"schedule":"nightly","tier":"daily"}'), prints: /"requested"|acme|\d/ },
  { command: 'tenant-backup tenants remove globex --confirm globex', prints: /removed globex/ },

  // The SecureAuth tenant is gone
  {
    command:
      'tenant-backup restore acme --into acme-two --parts hub,system,identity --transform new-tenant.yaml',
    before: 'acme is gone',
    answers: '--yes',
    isApart: true,
    prints: /^verdict +verified/m,
  },
  { command: 'tenant-backup run acme-two', isApart: true, prints: /acme-two: stored in manual/ },
];

/** Documented commands that other tests prove, and which: a file, and what it must hold to be that proof. */
export const PROVED_ELSEWHERE: Readonly<Record<string, readonly [file: string, mention: string]>> = {
  'npm ci && npm start': ['test/e2e/demo.e2e.test.ts', 'scripts/demo/main.ts'],
  'npm start -- --keep': ['test/e2e/demo.e2e.test.ts', '--keep'],
  'npm start -- --load tenant.json': ['test/e2e/demo.e2e.test.ts', "'--load'"],
  // That it runs is this very test.
  'npm ci && npm test': ['.ci/run', 'npm ci && npm test'],
  'npm ci': ['.ci/run', 'npm ci'],
  'npm link': ['test/scripts/cli/bin.integration.test.ts', "'link'"],
  'npm pack': ['test/package.integration.test.ts', "'pack'"],
  'npm install ./tenant-backup-cdk-0.1.0.tgz': ['test/package.integration.test.ts', "'install'"],
  "jq -cjS 'del(.parts[].sealedBytes, .parts[].sealedSha256, .parts[].recipients)' manifest.json | sha256sum":
    [
      'test/vault/manifest-digest.integration.test.ts',
      'del(.parts[].sealedBytes, .parts[].sealedSha256, .parts[].recipients)',
    ],
  'openssl dgst -sha256 -verify signing.pem -signature manifest.sig manifest.json': [
    'test/docs/break-glass.integration.test.ts',
    'signing.pem',
  ],
  'npx cdk bootstrap': ['scripts/local/deploy.ts', "'bootstrap'"],
  'npx cdk deploy': ['scripts/local/deploy.ts', "'deploy'"],
  'npm run check-account -- --enrolment scratch.json': [
    'test/e2e/check-account.e2e.test.ts',
    "'--enrolment'",
  ],
  'npm run cost -- --tenants 1000 --size 1MB': ['test/scripts/cost/main.integration.test.ts', '1MB'],
  'npm run bench': ['test/scripts/bench/seal.test.ts', 'scripts/bench/seal-work.ts'],
  'npm run sandbox -- --load tenant.json --port 8443': [
    'test/scripts/sandbox/main.integration.test.ts',
    "'--load'",
  ],
  'npm run local': ['test/scripts/local/local-aws.integration.test.ts', 'scripts/local/main.ts'],
  // Needs fish; the script that it gets is judged there.
  'tenant-backup completion fish | source': [
    'test/scripts/cli/commands/completion/completion.test.ts',
    'fish',
  ],
};
