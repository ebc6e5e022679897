import { glob, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

test('no client of a function waits for ever for a connection that has fallen silent', async () => {
  const made: string[] = [];
  for await (const file of glob('functions/**/*.ts')) {
    const text = await readFile(file, 'utf8');
    for (const [call = ''] of text.matchAll(/new (S3|KMS|SQS|SNS|SecretsManager)Client\([^)]*\)/g)) {
      made.push(`${file}: ${call}`);
    }
  }
  expect(made.length).toBeGreaterThan(8);
  expect(made.filter((call) => !/Client\((AWS_PATIENCE|settings|\{ \.\.\.settings)/.test(call))).toEqual([]);
});
