/** The operator's command: its global options, and the list of its verbs. */
import { Command } from 'commander';
import { STACK_NAME } from '../../functions/runtime/names.ts';
import { SOFTWARE_VERSION } from '../../functions/runtime/version.ts';
import { registerAcknowledge } from './commands/acknowledge.ts';
import { registerCompletion } from './commands/completion/completion.ts';
import { registerDelete } from './commands/delete.ts';
import { registerDiff } from './commands/diff.ts';
import { registerDoctor } from './commands/doctor/doctor.ts';
import { registerDownload } from './commands/download.ts';
import { registerDrill } from './commands/drill.ts';
import { registerEscrow } from './commands/escrow/escrow.ts';
import { registerHold } from './commands/hold.ts';
import { registerInspect } from './commands/inspect.ts';
import { registerKeys } from './commands/keys/keys.ts';
import { registerList } from './commands/list.ts';
import { registerOpen } from './commands/open/open.ts';
import { registerPatch } from './commands/patch/patch.ts';
import { registerPlan } from './commands/plan.ts';
import { registerRelease } from './commands/release.ts';
import { registerReport } from './commands/report/report.ts';
import { registerRestore } from './commands/restore/restore.ts';
import { registerRetention } from './commands/retention/retention.ts';
import { registerRewrap } from './commands/rewrap.ts';
import { registerRun } from './commands/run.ts';
import { registerShow } from './commands/show.ts';
import { registerStatus } from './commands/status.ts';
import { registerTenants } from './commands/tenants/tenants.ts';
import { registerUpload } from './commands/upload/upload.ts';
import { registerVerify } from './commands/verify.ts';
import { rememberTarget } from './ui/command-text.ts';
import type { GlobalOptions } from './ui/output.ts';

/** Builds the tree of verbs, which help, completion scripts and tests walk. */
export function buildProgram(): Command {
  const program = new Command('tenant-backup')
    .description('Back up and restore SecureAuth tenants on AWS.')
    .version(SOFTWARE_VERSION)
    .option(
      '--stack <name>',
      'CloudFormation stack, or <stack>/<name> for a deployment with its own name',
      STACK_NAME,
    )
    .option('--profile <name>', 'AWS profile (default: AWS_PROFILE)')
    .option('--region <name>', 'AWS region (default: AWS_REGION, or that of the profile)')
    .option('--json', 'print JSON, errors included')
    .option('--quiet', 'print results only: no progress, no notes')
    .option('--no-color', 'no colours, like NO_COLOR=1 (default: colours on a terminal only)')
    .showHelpAfterError('(add --help for usage)')
    .configureHelp({ sortSubcommands: true, showGlobalOptions: true })
    .addHelpText('after', HELP_END)
    .hook('preAction', (root, command) => {
      rememberTarget(root);
      setEnvironment(command.optsWithGlobals<GlobalOptions>());
    });

  registerCompletion(program);
  registerDelete(program);
  registerDiff(program);
  registerDoctor(program);
  registerDownload(program);
  registerDrill(program);
  registerEscrow(program);
  registerHold(program);
  registerInspect(program);
  registerKeys(program);
  registerList(program);
  registerOpen(program);
  registerPatch(program);
  registerPlan(program);
  registerRelease(program);
  registerReport(program);
  registerAcknowledge(program);
  registerRestore(program);
  registerRetention(program);
  registerRewrap(program);
  registerRun(program);
  registerShow(program);
  registerStatus(program);
  registerTenants(program);
  registerUpload(program);
  registerVerify(program);
  return program;
}

/** Sets what the clients of the AWS SDK read when a verb creates them. */
function setEnvironment({ profile, region }: GlobalOptions): void {
  if (profile !== undefined) process.env['AWS_PROFILE'] = profile;
  if (region !== undefined) process.env['AWS_REGION'] = region;
}

const HELP_END = `
First steps: doctor, tenants add, run, list. Restoring right now? docs/RUNBOOK.md, or: diff, plan, restore, status.

Exit codes: 0 ok, 1 failed, 2 invalid use (nothing was done), 3 differences or failed checks, 130 interrupted.
JSON, permissions and what may surprise: docs/COMMAND.md`;
