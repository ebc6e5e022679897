import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnvironmentName } from '../../functions/runtime/names.ts';
import { bundle, bundledCode } from '../../infra/bundle.ts';
import { parseConfiguration } from '../../infra/configuration.ts';
import { shippedSettings } from './synthesize.ts';

const VERBS = ['dispatch', 'backup', 'restore', 'plan', 'status', 'audit', 'drill'];
const MAX_BUNDLE_BYTES = 5 * 1024 * 1024;

const functionsDirectory = join(import.meta.dirname, '..', '..', 'functions');
const entryOf = (verb: string): string => join(functionsDirectory, verb, `${verb}.lambda.ts`);

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tenant-backup-bundle-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Load a bundle as Lambda does: in a process of its own, in which nothing else can be found. */
function exportsOf(file: string): unknown {
  const environment = {
    ...Object.fromEntries(Object.values(EnvironmentName).map((name) => [name, '1'])),
    [EnvironmentName.escrowPublicKey]: '',
    [EnvironmentName.retention]: JSON.stringify(parseConfiguration(shippedSettings).retentionPolicy),
    [EnvironmentName.auditSettings]: JSON.stringify(parseConfiguration(shippedSettings).auditSettings),
    [EnvironmentName.drillSettings]: JSON.stringify({ into: 'scratch' }),
  };
  const program = `const module = await import(${JSON.stringify(pathToFileURL(file))});
    console.log(JSON.stringify(Object.entries(module).map(([name, value]) => [name, typeof value])))`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: directory,
    env: { ...environment, AWS_REGION: 'eu-central-1' },
    encoding: 'utf8',
  });
  return Object.fromEntries(JSON.parse(output));
}

describe('bundle', () => {
  it.each(VERBS)('makes one module of %s that needs no other, exports its handler and is small', (verb) => {
    expect(existsSync(entryOf(verb))).toBe(true);
    const output = join(directory, verb);
    bundle(verb, output);
    const file = join(output, 'index.mjs');
    expect(exportsOf(file)).toMatchObject({ handler: 'function' });
    expect(readFileSync(file).length).toBeLessThan(MAX_BUNDLE_BYTES);
    const map = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
    expect(map).not.toHaveProperty('sourcesContent');
    // With `import { z }` in place of `import * as z`, all of zod's languages come along.
    const locales = (map.sources as string[]).filter((source) => source.includes('/zod/v4/locales/'));
    expect(locales.map((source) => source.split('/').at(-1))).toEqual(['en.js']);
  });

  it('gives CommonJS libraries the require that they expect', () => {
    const folder = join(directory, 'functions', 'old');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'library.cjs'), "module.exports = require('node:os').EOL;");
    writeFileSync(
      join(folder, 'old.lambda.ts'),
      "import eol from './library.cjs'; export const handler = (): string => eol;",
    );
    bundle('old', join(directory, 'old'), join(directory, 'functions'));
    expect(exportsOf(join(directory, 'old', 'index.mjs'))).toEqual({ handler: 'function' });
  });
});

describe('bundledCode', () => {
  it('gives each verb the code of its own entry', () => {
    const folder = join(directory, 'two');
    const stack = new Stack(new App({ outdir: join(directory, 'cdk.out') }), 'Stack');
    for (const verb of ['one', 'other']) {
      mkdirSync(join(folder, verb), { recursive: true });
      writeFileSync(join(folder, verb, `${verb}.lambda.ts`), `export const handler = () => '${verb}';`);
      new LambdaFunction(stack, verb, {
        code: bundledCode(verb, folder),
        handler: 'index.handler',
        runtime: Runtime.NODEJS_24_X,
      });
    }
    const functions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
    const keys = functions.map((resource) => resource['Properties'].Code.S3Key);
    expect(new Set(keys).size).toBe(2);
  });
});
