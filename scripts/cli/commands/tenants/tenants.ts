import type { Command } from 'commander';
import { registerTenantsAdd } from './add.ts';
import { registerTenantChanges } from './change.ts';
import { registerTenantsList } from './list.ts';
import { registerTenantsTest } from './test.ts';

/** `tenants …`: which tenants are backed up. */
export function registerTenants(program: Command): void {
  const tenants = program.command('tenants').description('enrol tenants, and see which are backed up');
  registerTenantsAdd(tenants);
  registerTenantsList(tenants);
  registerTenantsTest(tenants);
  registerTenantChanges(tenants);
}
