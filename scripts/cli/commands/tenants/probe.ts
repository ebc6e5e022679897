import type { Command } from 'commander';
import type { Experiment, Finding } from '../../../../functions/probe/experiment.ts';
import { EXPERIMENTS } from '../../../../functions/probe/experiments.ts';
import type { ProbeRecord } from '../../../../functions/probe/probe-record.ts';
import { vaultKey } from '../../../../functions/vault/format/layout.ts';
import { callWriteFunction, requireDrills } from '../../aws/call-function.ts';
import { openDeployment } from '../../aws/deployment.client.ts';
import { commandText } from '../../ui/command-text.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { whileRunningInAws } from '../../ui/interrupt.ts';
import { globalOptions, green, note, print, red, table, yellow } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';

/** `tenants probe`: finds out by experiment how the scratch tenant's deployment treats imports. */
export function registerTenantsProbe(tenants: Command): void {
  tenants
    .command('probe')
    .description(
      'find out by experiment on the scratch tenant how its deployment treats imports; exit code 3 if the tenant is not as before',
    )
    .argument('<name>', 'enrolled name of the scratch tenant')
    .option('--list', 'list the experiments, and make none')
    .action(async (name: string, options: { list?: true }, command: Command) => {
      vaultKey('daily', name);
      if (options.list) {
        print(
          command,
          EXPERIMENTS.map(({ name: experiment, question, writes }) => ({
            name: experiment,
            question,
            writes,
          })),
          table(
            ['EXPERIMENT', 'QUESTION', 'WRITES'],
            EXPERIMENTS.map((each) => [each.name, each.question, each.writes]),
          ),
        );
        return;
      }
      const deployment = openDeployment(globalOptions(command).stack);
      await requireDrills(deployment);
      note(
        command,
        `${EXPERIMENTS.length} experiments, each in a workspace tenant-backup-probe-…; ${commandText('tenants', 'probe', name, '--list')} names them`,
      );
      const again = commandText('doctor');
      const record = await whileRunningInAws(`the probe still runs in AWS; later: ${again}`, () =>
        withProgress(command, `probing ${name}`, () =>
          callWriteFunction<ProbeRecord>(deployment, 'drillFunction', { probe: name }, again),
        ),
      );
      print(command, record, probeText(record));
      if (record.leftBehind.length > 0) process.exitCode = ExitCode.differences;
    });
}

const MEANINGS = new Map<string, Experiment['answers']>(
  EXPERIMENTS.map(({ name, answers }) => [name, answers]),
);

const OUTCOMES: Readonly<Record<string, string>> = {
  refused: 'the tenant refuses the request',
  unknown: 'no answer',
};

const meaningOf = ({ name, answer }: Finding): string =>
  MEANINGS.get(name)?.[answer] ?? OUTCOMES[answer] ?? '';

/** Returns a record as lines: the answers with their meanings, and whether the tenant is as before. */
export function probeText({
  deployment,
  productVersion,
  findings,
  compared,
  equal,
  leftBehind,
}: ProbeRecord): string[] {
  const unknown = findings.filter(({ answer }) => answer === 'unknown').length;
  return [
    ...table(
      ['EXPERIMENT', 'ANSWER', 'MEANING', 'DETAIL'],
      findings.map((each) => [
        each.name,
        each.answer === 'unknown' ? yellow(each.answer) : each.answer,
        meaningOf(each),
        each.detail ?? '',
      ]),
    ),
    '',
    `deployment ${deployment}, version ${productVersion ?? 'not shown'}`,
    `${findings.length} experiments, ${unknown} unknown`,
    leftBehind.length === 0
      ? green(`tenant as before: ${equal} of ${compared} objects verified equal`)
      : red(`tenant NOT as before: ${equal} of ${compared} objects verified equal`),
    ...leftBehind.map((text) => red(text)),
  ];
}
