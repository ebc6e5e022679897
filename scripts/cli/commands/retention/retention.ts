import type { Command } from 'commander';
import { registerRetentionCheck } from './check.ts';
import { registerRetentionPreview } from './preview.ts';

/** `retention …`: how long backups stay. */
export function registerRetention(program: Command): void {
  const retention = program.command('retention').description('how long backups stay, and why');
  registerRetentionPreview(retention);
  registerRetentionCheck(retention);
}
