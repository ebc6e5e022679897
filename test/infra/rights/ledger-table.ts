/** Who writes and who reads which entries of the ledger. What is not here is denied. */

/** An entry of each kind, by its kind. Those of the scratch tenant stand for themselves: the drill restores into it. */
export const LEDGER_ENTRIES = {
  operations: 'operations/acme/1.json',
  locks: 'locks/acme.json',
  plans: 'plans/acme/1.json',
  reports: 'reports/latest.json',
  history: 'reports/tenants/acme.json',
  failures: 'failures/acme/1.json',
  forwards: 'forwards/acme/1.json',
  requests: 'requests/acme/1.json',
  tries: 'tries/acme/1.json',
  checks: 'checks/acme/daily.json',
  claims: 'claims/acme/1.json',
  drills: 'drills/acme/1.json',
  probes: 'probes/eu.authz.test/scratch.json',
  scratchOperations: 'operations/scratch/1.json',
  scratchLock: 'locks/scratch.json',
  // None of the kinds.
  unknown: 'orders/acme/1.json',
  bare: 'acme.json',
} as const;

export type LedgerEntry = keyof typeof LEDGER_ENTRIES;

interface LedgerRow {
  /** How the logical id of its role begins, and the output that names the function. */
  readonly role: string;
  readonly output:
    | 'dispatchFunction'
    | 'backupFunction'
    | 'planFunction'
    | 'restoreFunction'
    | 'statusFunction'
    | 'auditFunction'
    | 'drillFunction';
  readonly writes: readonly LedgerEntry[];
  readonly reads: readonly LedgerEntry[];
}

const RESTORES: readonly LedgerEntry[] = ['operations', 'locks', 'scratchOperations', 'scratchLock'];

export const LEDGER_TABLE: Readonly<Record<string, LedgerRow>> = {
  dispatch: { role: 'DispatchRole', output: 'dispatchFunction', writes: ['requests'], reads: [] },
  backup: {
    role: 'BackupRole',
    output: 'backupFunction',
    writes: ['tries', 'failures', 'forwards', 'claims', 'checks'],
    reads: ['checks'],
  },
  plan: { role: 'PlanRole', output: 'planFunction', writes: ['plans'], reads: [] },
  restore: {
    role: 'RestoreRole',
    output: 'restoreFunction',
    writes: RESTORES,
    reads: [...RESTORES, 'plans', 'probes'],
  },
  status: {
    role: 'StatusRole',
    output: 'statusFunction',
    writes: [],
    reads: [...RESTORES, 'requests', 'tries', 'failures', 'checks', 'forwards'],
  },
  audit: {
    role: 'AuditRole',
    output: 'auditFunction',
    writes: ['reports', 'history'],
    reads: ['reports', 'history', 'failures', 'checks', 'drills', 'operations', 'scratchOperations'],
  },
  drill: {
    role: 'DrillRole',
    output: 'drillFunction',
    writes: ['drills', 'probes', 'scratchOperations', 'scratchLock'],
    reads: ['probes', 'scratchOperations', 'scratchLock'],
  },
};

/** Drills are on: their role is one of those. */
export const WITH_DRILL = { drill: { schedule: 'cron(0 5 ? * SUN *)', into: 'scratch' } };
