import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../../scripts/cli/program.ts';
import { pages } from '../../docs/pages.ts';
import { verbsOf } from '../../scripts/cli/command-tree.ts';
import { logicalId, synthesize } from '../synthesize.ts';
import { allowedActions, simulate } from './policy-simulator.ts';
import { verbCalls } from './verb-calls.ts';

/** The tables of `docs/COMMAND.md`, People, held against what the verbs call and what the policies allow. */

const template = synthesize({ drill: { schedule: 'rate(7 days)', into: 'scratch' } });
const calls = verbCalls(template);
const verbs = Object.keys(calls);
const paths = verbsOf(buildProgram()).map(({ path }) => path);

const text = pages.find(({ path }) => path === 'docs/COMMAND.md')?.text.split('\n## People\n')[1] ?? '';
const inCode = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
const [policyRows = [], permissionRows = []] = text
  .split(/\n(?=\| (?:policy|verbs) \|)/)
  .slice(1)
  .map((table) =>
    table
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split(' | ').map(inCode)),
  );

/** Verbs that each policy promises; a noun stands for all its verbs. */
const promised = new Map(
  policyRows.map(([[policy = ''] = [], ...cells]) => [
    policy,
    (cells.at(-1) ?? []).flatMap((word) =>
      verbs.includes(word) ? [word] : paths.filter((path) => path.startsWith(`${word} `)),
    ),
  ]),
);
/** Permissions that a verb needs beside the viewer's policy. */
const needed = new Map(
  permissionRows.flatMap(([names = [], permissions = []]) =>
    names.map((verb) => [verb, permissions.toSorted()] as const),
  ),
);

const idOf = (policy: string): string =>
  logicalId(
    template,
    'AWS::IAM::ManagedPolicy',
    `OperatorPolicies${policy.charAt(0).toUpperCase()}${policy.slice(1)}`,
  );

/** Returns the actions of a verb that none of these policies allows on what the verb needs. */
const refused = async (verb: string, ...policies: string[]): Promise<string[]> => {
  const actions = new Set<string>();
  for (const { action, resource, context = {} } of calls[verb] ?? []) {
    const decisions = await Promise.all(
      policies.map((policy) => simulate(template, { role: idOf(policy), action, resource, context })),
    );
    if (!decisions.includes('allowed')) actions.add(action);
  }
  return [...actions];
};

it('the tables name every verb of the command, and no other', () => {
  const inTables = [...promised.values()].flat().concat([...needed.keys()]);
  const withoutAws = verbs.filter((verb) => calls[verb]?.length === 0);
  const named = new Set([...inTables, ...withoutAws].map((verb) => verb.replace(/ --.*$/, '')));
  expect([...named].sort()).toEqual(paths.toSorted());
  expect(inTables.filter((verb) => !verbs.includes(verb))).toEqual([]);
  expect(new Set(inTables).size).toBe(inTables.length);
});

describe.each([...promised])('%s', (policy, verbsOfPolicy) => {
  it.each(verbsOfPolicy)('allows all that %s calls, together with viewer', async (verb) => {
    expect(await refused(verb, 'viewer', policy)).toEqual([]);
  });

  if (policy !== 'viewer') {
    it.each(verbsOfPolicy)('is needed for %s', async (verb) => {
      expect(await refused(verb, 'viewer')).not.toEqual([]);
    });
  }

  it('allows nothing that no verb of it calls', () => {
    // The runbook calls this itself: a removed enrolment back.
    const byHand = ['secretsmanager:RestoreSecret'];
    const used = new Set(verbsOfPolicy.flatMap((verb) => calls[verb]?.map(({ action }) => action)));
    // The viewer's policy is part of all others.
    if (policy === 'viewer') for (const each of Object.values(calls).flat()) used.add(each.action);
    expect(
      allowedActions(template, idOf(policy)).filter(
        (action) => !used.has(action) && !(policy === 'tenantAdministrator' && byHand.includes(action)),
      ),
    ).toEqual([]);
  });
});

describe('a verb that no policy allows', () => {
  it.each([...needed])('%s needs, beside viewer, %s', async (verb, permissions) => {
    expect((await refused(verb, 'viewer')).sort()).toEqual(permissions);
  });
});
