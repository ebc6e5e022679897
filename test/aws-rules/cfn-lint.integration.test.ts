import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../scripts/local/at-exit.ts';
import { runProgram } from '../../scripts/local/run-program.ts';
import { templates } from './configurations.ts';
import { INSTALLATION_MILLISECONDS, pythonWithRules } from './python.ts';

/** Rules that the templates break, with the reason. */
const IGNORED: Readonly<Record<string, string>> = {
  I1022:
    'The CDK joins the parts of ARNs; Fn::Sub would be easier to read, and only programs read the template.',
  I4010: 'The block describes a template to readers. Its readers have docs/ARCHITECTURE.md.',
  W3005: 'The CDK lets a function wait for its role and the policies of the role. It names the role twice.',
};

interface Finding {
  readonly Filename: string;
  readonly Message: string;
  readonly Rule: { readonly Id: string };
  readonly Location: { readonly Path: readonly (string | number)[] };
}

const describeFinding = ({ Filename, Rule, Location, Message }: Finding): string =>
  `${basename(Filename, '.json')}: ${Rule.Id} ${Location.Path.join('/')}: ${Message}`;

/** Regions of all partitions with the services of the stack. */
const REGIONS = [
  ...['us-east-1', 'eu-central-1', 'ap-southeast-2'],
  ...['cn-north-1', 'cn-northwest-1', 'us-gov-east-1', 'us-gov-west-1'],
];

/** Runs every rule of cfn-lint, informational and experimental ones included.
 * @param documents templates by name */
async function lint(documents: Readonly<Record<string, object>>): Promise<Finding[]> {
  const folder = temporaryFolder(join(tmpdir(), 'tenant-backup-cfn-lint-'));
  try {
    const files = Object.entries(documents).map(([name, document]) => {
      const file = join(folder.path, `${name}.json`);
      writeFileSync(file, JSON.stringify(document));
      return file;
    });
    const { output } = await runProgram(await pythonWithRules(), [
      ...['-c', 'from cfnlint.runner import main; main()', '--format', 'json', '--include-experimental'],
      ...['--include-checks', 'I', '--regions', ...REGIONS, '--template', ...files],
    ]);
    return JSON.parse(output);
  } finally {
    await folder.remove();
  }
}

describe('cfn-lint', () => {
  let findings: Finding[];
  beforeAll(async () => {
    const documents = Object.entries(templates).map(([name, template]) => [name, template.toJSON()]);
    // A function that no region can deploy, to see that findings arrive.
    const Properties = { Runtime: 'nodejs0.1' };
    const broken = { Resources: { Broken: { Type: 'AWS::Lambda::Function', Properties } } };
    findings = await lint({ ...Object.fromEntries(documents), broken });
  }, INSTALLATION_MILLISECONDS);

  it('finds nothing unexplained in any configuration, in any partition', () => {
    const unexplained = findings.filter(({ Filename, Rule }) => !(isBroken(Filename) || Rule.Id in IGNORED));
    expect(unexplained.map(describeFinding)).toEqual([]);
  });

  it.each(Object.keys(IGNORED))('still needs the exception from %s', (rule) => {
    expect(findings.filter(({ Filename, Rule }) => Rule.Id === rule && !isBroken(Filename))).not.toEqual([]);
  });

  it('finds what is wrong in a broken template', () => {
    const rules = findings.filter(({ Filename }) => isBroken(Filename)).map(({ Rule }) => Rule.Id);
    // A missing property, and an unknown runtime.
    expect(rules).toEqual(expect.arrayContaining(['E3003', 'E3030']));
  });
});

const isBroken = (file: string): boolean => basename(file) === 'broken.json';
