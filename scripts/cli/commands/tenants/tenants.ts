import type { Command } from 'commander';
import { registerTenantsAdd } from './add.ts';
import { registerTenantsList } from './list.ts';
import { registerTenantsPause } from './pause.ts';
import { registerTenantsProbe } from './probe.ts';
import { registerTenantsRemove } from './remove.ts';
import { registerTenantsResume } from './resume.ts';
import { registerTenantsTest } from './test.ts';
import { registerTenantsUpdate } from './update.ts';

/** `tenants …`: the enrolments. */
export function registerTenants(program: Command): void {
  const tenants = program.command('tenants').description('enrol tenants, and manage their enrolments');
  registerTenantsAdd(tenants);
  registerTenantsList(tenants);
  registerTenantsTest(tenants);
  registerTenantsProbe(tenants);
  registerTenantsUpdate(tenants);
  registerTenantsPause(tenants);
  registerTenantsResume(tenants);
  registerTenantsRemove(tenants);
}
