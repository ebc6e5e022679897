import type { Command } from 'commander';
import { registerTenantsAdd } from './tenants-add.ts';
import { registerTenantChanges } from './tenants-change.ts';
import { registerTenantsList } from './tenants-list.ts';
import { registerTenantsTest } from './tenants-test.ts';

/** `tenants …`: which tenants are backed up. */
export function registerTenants(program: Command): void {
  const tenants = program.command('tenants').description('enrol tenants, and see which are backed up');
  registerTenantsAdd(tenants);
  registerTenantsList(tenants);
  registerTenantsTest(tenants);
  registerTenantChanges(tenants);
}
