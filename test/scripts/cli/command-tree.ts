import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { vi } from 'vitest';
import { buildProgram } from '../../../scripts/cli/program.ts';
import { run } from '../../../scripts/cli/ui/run.ts';
import type { CommandResult } from './run-command.ts';

/** A verb that does something, and the words that lead to it. */
export interface Verb {
  readonly path: string;
  readonly words: readonly string[];
  readonly command: Command;
}

/** Every verb there is, so that a new one is covered by itself. */
export function verbsOf(command: Command, words: readonly string[] = []): Verb[] {
  if (command.commands.length === 0) return [{ path: words.join(' '), words, command }];
  return command.commands.flatMap((child) => verbsOf(child, [...words, child.name()]));
}

const ARCHIVE = fileURLToPath(new URL('../../fixtures/sealed/good-a-tenant.tar', import.meta.url));
const SCRATCH = mkdtempSync(join(tmpdir(), 'tenant-backup-verbs-'));
const SECRET = join(SCRATCH, 'secret');
writeFileSync(SECRET, 'canary-of-a-secret');
const PATCH = join(SCRATCH, 'patch');
writeFileSync(PATCH, '{}');

/** Something right for every argument and required option, by its name. */
const SAMPLES: Readonly<Record<string, (tenant: string) => string>> = {
  tenant: (tenant) => tenant,
  name: (tenant) => tenant,
  backup: (tenant) => tenant,
  from: (tenant) => tenant,
  to: (tenant) => `${tenant}@20260131`,
  patch: () => PATCH,
  other: (tenant) => `${tenant}@20260131`,
  plan: () => 'plan-1',
  operation: () => '0123abcd',
  file: () => ARCHIVE,
  archive: () => ARCHIVE,
  key: () => '12345678-1234-1234-1234-123456789012',
  shell: () => 'bash',
  purpose: () => 'configuration',
  label: () => 'second',
  finding: () => '0123456789ab',
  reason: () => 'a planned migration',
  out: () => join(SCRATCH, String(++count)),
};
let count = 0;

/** Options without which a verb would wait for a person. */
const UNATTENDED: Readonly<Record<string, readonly string[]>> = {
  'tenants add': [
    ...['--issuer', 'https://sso.example/acme/system', '--client-id', 'backup'],
    ...['--client-secret-file', SECRET],
  ],
  'tenants update': ['--client-secret-file', SECRET],
  'escrow create': ['--no-passphrase'],
  upload: ['--export', PATCH, '--tenant', 'acme', '--as-of', 'yesterday'],
};

/** Optional arguments that are given all the same. */
const GIVEN: ReadonlySet<string> = new Set(['tenant', 'backup', 'from']);

/** Verbs that want an id beside the tenant. */
const WITH_ID: ReadonlySet<string> = new Set(['delete']);

/** A whole command line for a verb. */
export function commandLine({ path, words, command }: Verb, tenant = 'acme'): string[] {
  const sample = (name: string): string => {
    const make = SAMPLES[name];
    if (!make) throw new Error(`no sample for ${name} of ${path}: add one`);
    return WITH_ID.has(path) && name === 'backup' ? `${tenant}@20260131` : make(tenant);
  };
  const options = command.options.filter((option) => option.mandatory);
  return [
    ...words,
    ...command.registeredArguments
      .filter((each) => each.required || GIVEN.has(each.name()))
      .map((each) => sample(each.name())),
    ...options.flatMap((option) => [option.long ?? '', sample(option.name())]),
    ...(command.options.some((option) => option.long === '--yes') ? ['--yes'] : []),
    ...(UNATTENDED[path] ?? []),
  ];
}

/** Run a command line in this process. */
export async function runHere(args: readonly string[]): Promise<CommandResult> {
  let [stdout, stderr] = ['', ''];
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      stdout += String(chunk);
      return true;
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      stderr += String(chunk);
      return true;
    }),
  ];
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await run(buildProgram(), ['node', 'tenant-backup', ...args]);
    return { code: Number(process.exitCode ?? 0), stdout, stderr };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}
