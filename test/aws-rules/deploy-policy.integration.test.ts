import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runProgram } from '../../scripts/local/run-program.ts';
import { templates } from './configurations.ts';
import { INSTALLATION_MILLISECONDS, pythonWithRules } from './python.ts';

/** `docs/deploy-policy.json` held against the permissions that CloudFormation's schemas name for each resource of the stack. */

/** Actions that the schemas name for properties that the stack does not use, by the beginning of their names. */
const UNUSED: Readonly<Record<string, string>> = {
  'ec2:': 'no function lies in a VPC',
  'elasticfilesystem:': 'no function has a file system',
  's3files:': 'no function has a file system',
  's3tables:': 'no bucket has metadata tables',
  'firehose:': 'no log is delivered by Firehose',
  'kms:CreateGrant': 'no environment, queue or log is under a key of its own',
  'kms:Decrypt': 'no environment, queue or log is under a key of its own',
  'kms:Encrypt': 'no environment, queue or log is under a key of its own',
  'kms:GenerateDataKey': 'no environment, queue or log is under a key of its own',
  'iam:AttachGroup': 'policies are attached by people',
  'iam:AttachUser': 'policies are attached by people',
  'iam:DeleteGroup': 'policies are attached by people',
  'iam:DeleteUser': 'policies are attached by people',
  'iam:DetachGroup': 'people detach them first, see Uninstall',
  'iam:DetachUser': 'people detach them first, see Uninstall',
  'iam:PutGroup': 'policies are attached by people',
  'iam:PutUser': 'policies are attached by people',
  'iam:GetGroup': 'policies are attached by people',
  'iam:GetUser': 'policies are attached by people',
  'lambda:GetLayerVersion': 'no function has a layer',
  'lambda:PassCapacityProvider': 'no function has a capacity provider',
  's3:ListAllMyBuckets': 'CloudFormation lists buckets for its console alone',
  's3:REST.PUT.OBJECT': 'no action of IAM',
  's3:DeleteObject': 'a bucket is deleted empty',
  's3:GetObject': 'code lies in the bucket of the bootstrap, which has a statement of its own',
  's3:CreateBucketMetadata': 'no bucket has metadata tables',
  's3:UpdateBucketMetadata': 'no bucket has metadata tables',
  's3:PutAccelerateConfiguration': 'no bucket has it',
  's3:PutAnalyticsConfiguration': 'no bucket has it',
  's3:PutIntelligentTieringConfiguration': 'no bucket has it',
  's3:PutInventoryConfiguration': 'no bucket has it',
  's3:PutMetricsConfiguration': 'no bucket has it',
  's3:PutObjectAcl': 'no object is written',
  's3:PutObjectLockConfiguration': 'is PutBucketObjectLockConfiguration',
  's3:PutReplicationConfiguration': 'no bucket is replicated by the stack',
};

const isUnused = (action: string): boolean =>
  Object.keys(UNUSED).some((beginning) => action.startsWith(beginning));

/** Prints the permissions of all handlers of the resource types in its arguments, as JSON. */
const READ_SCHEMAS = `
import glob, json, os, sys
import cfnlint
folder = os.path.join(os.path.dirname(cfnlint.__file__), "data", "schemas", "resources")
found = {}
for file in glob.glob(os.path.join(folder, "*.json")):
    schema = json.load(open(file))
    if schema.get("typeName") in sys.argv[1:]:
        handlers = schema.get("handlers", {}).values()
        found.setdefault(schema["typeName"], set()).update(*[each["permissions"] for each in handlers])
print(json.dumps({name: sorted(actions) for name, actions in found.items()}))
`;

interface Statement {
  readonly Action: string | readonly string[];
}

it('allows every action that the handlers of the stack need', {
  timeout: INSTALLATION_MILLISECONDS,
}, async () => {
  const types = new Set(
    Object.values(templates).flatMap((template) =>
      Object.values(template.toJSON()['Resources'] as Record<string, { Type: string }>).map(
        ({ Type }) => Type,
      ),
    ),
  );
  const { output } = await runProgram(await pythonWithRules(), ['-c', READ_SCHEMAS, ...types]);
  const needed = JSON.parse(output) as Record<string, string[]>;
  expect(Object.keys(needed).length).toBeGreaterThan(types.size - 2);
  const policy = JSON.parse(readFileSync(new URL('../../docs/deploy-policy.json', import.meta.url), 'utf8'));
  const allowed = (policy.Statement as Statement[])
    .flatMap(({ Action }) => Action)
    .map((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i'));
  const missing = Object.entries(needed).flatMap(([type, actions]) =>
    actions
      .filter((action) => !isUnused(action) && !allowed.some((pattern) => pattern.test(action)))
      .map((action) => `${type} needs ${action}`),
  );
  expect(missing).toEqual([]);
});
