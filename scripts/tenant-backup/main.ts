#!/usr/bin/env node
/** The operator's command. Each verb is a file; this one only lists them. */
import { Command } from 'commander';
import { STACK_NAME } from '../../functions/runtime/names.ts';
import { SOFTWARE_VERSION } from '../../functions/runtime/version.ts';
import { registerEscrow } from './escrow.ts';
import { registerHold } from './hold.ts';
import { registerKeys } from './keys.ts';
import { registerOpen } from './open.ts';
import { registerRetention } from './retention.ts';
import { registerRewrap } from './rewrap.ts';
import { run } from './run.ts';
import { registerTenants } from './tenants.ts';

const program = new Command('tenant-backup')
  .description('Backups of SecureAuth tenants on AWS, and restores of them.')
  .version(SOFTWARE_VERSION)
  .option('--stack <name>', 'CloudFormation stack of the deployment', STACK_NAME)
  .option('--json', 'print JSON')
  .showHelpAfterError('(add --help for what is possible)')
  .configureHelp({ sortSubcommands: true, showGlobalOptions: true });

registerEscrow(program);
registerHold(program);
registerKeys(program);
registerOpen(program);
registerRetention(program);
registerRewrap(program);
registerTenants(program);

await run(program, process.argv);
