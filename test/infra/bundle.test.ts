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

/** How large each function may be, in kB: what it is, and a little. */
const BUDGETS = {
  dispatch: 380,
  status: 410,
  backup: 950,
  restore: 1000,
  plan: 960,
  audit: 950,
  drill: 980,
};
const VERBS = Object.keys(BUDGETS) as (keyof typeof BUDGETS)[];

/** What no function has a use for: ways to credentials other than the environment, and a second client of HTTP. */
const UNWANTED =
  /node_modules\/(undici|@aws-sdk\/(nested-clients|token-providers|credential-provider-(?!env)[a-z-]+))\//;

const functionsDirectory = join(import.meta.dirname, '..', '..', 'functions');
const entryOf = (verb: string): string => join(functionsDirectory, verb, `${verb}.lambda.ts`);

const FAILING = `import { nameSourcesInTraces } from '${join(functionsDirectory, 'runtime', 'traces.ts')}';
nameSourcesInTraces(import.meta.url);
const fail = (): never => {
  throw new Error('failed');
};
export const handler = fail;`;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tenant-backup-bundle-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Run a program with a bundle as Lambda does: in a process of its own, in which nothing else can be found. */
function run(file: string, program: string, further: Record<string, string> = {}): string {
  const environment = {
    ...Object.fromEntries(Object.values(EnvironmentName).map((name) => [name, '1'])),
    [EnvironmentName.escrowPublicKey]: '',
    [EnvironmentName.retention]: JSON.stringify(parseConfiguration(shippedSettings).retentionPolicy),
    [EnvironmentName.auditSettings]: JSON.stringify(parseConfiguration(shippedSettings).auditSettings),
    [EnvironmentName.drillSettings]: JSON.stringify({ into: 'scratch' }),
  };
  const start = `const module = await import(${JSON.stringify(pathToFileURL(file))});`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', start + program], {
    cwd: directory,
    env: { ...environment, AWS_REGION: 'eu-central-1', ...further },
    encoding: 'utf8',
  });
}

/** The kinds of what a bundle exports, by name. */
const exportsOf = (file: string): unknown =>
  Object.fromEntries(
    JSON.parse(
      run(
        file,
        'console.log(JSON.stringify(Object.entries(module).map(([name, value]) => [name, typeof value])))',
      ),
    ),
  );

/** Bundle a function that is there for a test only. */
function bundleOf(verb: string, source: string): string {
  const folder = join(directory, 'functions', verb);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${verb}.lambda.ts`), source);
  bundle(verb, join(directory, verb), join(directory, 'functions'));
  return join(directory, verb, 'index.mjs');
}

describe('bundle', () => {
  it.each(VERBS)('makes one module of %s that needs no other, exports its handler and is small', (verb) => {
    expect(existsSync(entryOf(verb))).toBe(true);
    const output = join(directory, verb);
    const parts = Object.entries(bundle(verb, output)).flatMap(([path, bytes]) => (bytes > 0 ? path : []));
    const file = join(output, 'index.mjs');
    expect(exportsOf(file)).toMatchObject({ handler: 'function' });
    expect(parts.filter((path) => UNWANTED.test(path))).toEqual([]);
    expect(readFileSync(file).length / 1000).toBeLessThan(BUDGETS[verb]);
    const map = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
    expect(map).not.toHaveProperty('sourcesContent');
    // With `import { z }` in place of `import * as z`, all of zod's languages come along.
    const locales = parts.filter((path) => path.includes('/zod/v4/locales/'));
    expect(locales.map((path) => path.split('/').at(-1))).toEqual(['en.js']);
  });

  it('gives CommonJS libraries the require that they expect', () => {
    mkdirSync(join(directory, 'functions'), { recursive: true });
    writeFileSync(join(directory, 'functions', 'library.cjs'), "module.exports = require('os').EOL;");
    const file = bundleOf(
      'old',
      "import eol from '../library.cjs'; export const handler = (): string => eol;",
    );
    expect(run(file, 'console.log(JSON.stringify(module.handler()))')).toBe('"\\n"\n');
  });

  it('makes Node load of its own modules only what is used', () => {
    const file = join(directory, 'backup', 'index.mjs');
    const loaded: string[] = JSON.parse(run(file, 'console.log(JSON.stringify(process.moduleLoadList))'));
    expect(loaded).toContain('NativeModule http');
    // What is behind `fetch`, which an import of `node:http` would load for the sake of `WebSocket`.
    expect(loaded.filter((module) => module.includes('undici'))).toEqual([]);
  });

  it('takes credentials from the environment, anew when they have expired', () => {
    const client = join(import.meta.dirname, '..', '..', 'node_modules', '@aws-sdk', 'client-kms');
    const file = bundleOf(
      'credentials',
      `import { KMSClient } from ${JSON.stringify(client)};
      const client = new KMSClient({});
      export const handler = () => client.config.credentials();`,
    );
    const program = `
      const ids = [];
      for (const id of ['first', 'second']) {
        Object.assign(process.env, {
          AWS_ACCESS_KEY_ID: id,
          AWS_SECRET_ACCESS_KEY: 'secret',
          AWS_SESSION_TOKEN: 'token of ' + id,
          AWS_CREDENTIAL_EXPIRATION: new Date().toISOString(),
        });
        const { accessKeyId, sessionToken } = await module.handler();
        ids.push([accessKeyId, sessionToken]);
      }
      console.log(JSON.stringify(ids))`;
    expect(JSON.parse(run(file, program))).toEqual([
      ['first', 'token of first'],
      ['second', 'token of second'],
    ]);
  });

  it('keeps our files and lines in stack traces', () => {
    const file = bundleOf('failing', FAILING);
    const program = 'try { module.handler() } catch (error) { console.log(error.stack) }';
    expect(run(file, program)).toMatch(
      /^Error: failed\n {4}at Module\.fail \((?!\.)\S*failing\.lambda\.ts:4:9\)\n/,
    );
  });

  it('lets a function name the place of a defect in our files', () => {
    const file = bundleOf(
      'defective',
      `import { lambda } from '${join(functionsDirectory, 'runtime', 'lambda.ts')}';
export const handler = lambda(async () => {
  throw new Error('defect');
});`,
    );
    const program = 'await module.handler({}, {}).catch(({ message }) => console.log(message));';
    expect(run(file, program, { AWS_LAMBDA_FUNCTION_NAME: 'defective' })).toContain(
      'unexpected Error at defective.lambda.ts:3:9',
    );
  });

  it('keeps stack traces as they are where the source map is gone, or an error cannot be shown', () => {
    const file = bundleOf('failing', FAILING);
    rmSync(`${file}.map`);
    const program = `try { module.handler() } catch (error) { console.log(error.stack) }
      class Odd extends Error { toString() { throw new Error('odd') } }
      console.log(new Odd().stack);`;
    const trace = run(file, program);
    expect(trace).toMatch(/^Error: failed\n {4}at Module\.fail \(file:\S*index\.mjs:\d+:\d+\)\n/);
    expect(trace).toMatch(/\nError\n {4}at /);
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

  it('has another key when a module elsewhere has changed', () => {
    const folder = join(directory, 'shared');
    mkdirSync(join(folder, 'verb'), { recursive: true });
    writeFileSync(
      join(folder, 'verb', 'verb.lambda.ts'),
      "import { value } from '../value.ts'; export const handler = () => value;",
    );
    const keys = [1, 2].map((value) => {
      writeFileSync(join(folder, 'value.ts'), `export const value = ${value};`);
      const stack = new Stack(new App({ outdir: join(directory, `cdk.out.${value}`) }), 'Stack');
      new LambdaFunction(stack, 'Verb', {
        code: bundledCode('verb', folder),
        handler: 'index.handler',
        runtime: Runtime.NODEJS_24_X,
      });
      const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
      return resource?.['Properties'].Code.S3Key;
    });
    expect(keys[0]).not.toBe(keys[1]);
  });
});
