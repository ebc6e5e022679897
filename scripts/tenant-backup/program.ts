/** The operator's command. Each verb is a file; this one only lists them. */
import { Command } from 'commander';
import { STACK_NAME } from '../../functions/runtime/names.ts';
import { SOFTWARE_VERSION } from '../../functions/runtime/version.ts';
import { rememberGiven } from './command-text.ts';
import { registerCompletion } from './completion.ts';
import { registerDelete } from './delete.ts';
import { registerDiff } from './diff.ts';
import { registerDoctor } from './doctor.ts';
import { registerDownload } from './download.ts';
import { registerDrill } from './drill.ts';
import { registerEscrow } from './escrow.ts';
import { registerHold } from './hold.ts';
import { registerInspectFile } from './inspect.ts';
import { registerKeys } from './keys.ts';
import { registerList } from './list.ts';
import { registerOpen } from './open.ts';
import type { GlobalOptions } from './output.ts';
import { registerPatch } from './patch.ts';
import { registerPlan } from './plan.ts';
import { registerReport } from './report.ts';
import { registerRestore } from './restore.ts';
import { registerRetention } from './retention.ts';
import { registerRewrap } from './rewrap.ts';
import { registerRun } from './run-backup.ts';
import { registerShow } from './show.ts';
import { registerStatus } from './status.ts';
import { registerTenants } from './tenants.ts';
import { registerUpload } from './upload.ts';
import { registerVerify } from './verify.ts';

/** @returns the whole tree of verbs, which help, completions and tests walk */
export function buildProgram(): Command {
  const program = new Command('tenant-backup')
    .description('Backups of SecureAuth tenants on AWS, and restores of them.')
    .version(SOFTWARE_VERSION)
    .option('--stack <name>', 'CloudFormation stack of the deployment', STACK_NAME)
    .option('--profile <name>', 'AWS profile (default: AWS_PROFILE)')
    .option('--region <name>', 'AWS region (default: AWS_REGION, or that of the profile)')
    .option('--json', 'print JSON, errors included')
    .option('--quiet', 'print results only: no progress and no remarks')
    .option(
      '--no-color',
      'no colours, like NO_COLOR=1; there are none anyway unless the output is a terminal',
    )
    .showHelpAfterError('(add --help for what is possible)')
    .configureHelp({ sortSubcommands: true, showGlobalOptions: true })
    .addHelpText('after', HELP_END)
    .hook('preAction', (root, command) => {
      rememberGiven(root);
      setEnvironment(command.optsWithGlobals<GlobalOptions>());
    });

  registerEscrow(program);
  registerHold(program);
  registerKeys(program);
  registerOpen(program);
  registerRetention(program);
  registerRewrap(program);
  registerTenants(program);
  registerReport(program);
  registerCompletion(program);
  registerDoctor(program);
  registerStatus(program);
  registerDrill(program);
  registerRestore(program);
  registerDiff(program);
  registerPlan(program);
  registerPatch(program);
  registerVerify(program);
  registerUpload(program);
  registerShow(program);
  registerRun(program);
  registerList(program);
  registerInspectFile(program);
  registerDownload(program);
  registerDelete(program);
  return program;
}

/** The SDK's clients are made afterwards, and read these. */
function setEnvironment({ profile, region }: GlobalOptions): void {
  if (profile !== undefined) process.env['AWS_PROFILE'] = profile;
  if (region !== undefined) process.env['AWS_REGION'] = region;
}

const HELP_END = `
First steps: doctor, tenants add, run, list. Restoring right now? docs/RUNBOOK.md, or: diff, plan, restore, status.

Exit codes: 0 fine, 1 failed, 2 wrong use (nothing was done), 3 differences or findings, 130 interrupted.
Every verb with its output and its JSON: docs/COMMAND.md`;
