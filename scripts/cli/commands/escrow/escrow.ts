import type { Command } from 'commander';
import { registerEscrowCreate } from './create.ts';

/** `escrow …`: the key that opens every backup without AWS. */
export function registerEscrow(program: Command): void {
  const escrow = program.command('escrow').description('the key that opens every backup without AWS');
  registerEscrowCreate(escrow);
}
