/** What esbuild cannot know about what a function needs. Bundles alone are made so: the operator's command uses all libraries as
 * they are. */
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Lambda gives a function its role's credentials as environment variables. Clients read nothing else then, but bring all
 * other ways along (profiles, SSO, processes, web identities, metadata services: 110 kB).
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export const environmentCredentials: Plugin = {
  name: 'environment credentials',
  setup(build) {
    const chain = /^@aws-sdk\/credential-provider-node$/;
    build.onResolve({ filter: chain }, ({ path, resolveDir }) => ({
      path,
      namespace: environmentCredentials.name,
      pluginData: resolveDir,
      sideEffects: false,
    }));
    build.onLoad({ filter: chain, namespace: environmentCredentials.name }, ({ pluginData }) => ({
      contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
      resolveDir: pluginData,
    }));
  },
};

/** Libraries without what nothing refers to, and without their lines in the bundle's source map. */
export const leanLibraries: Plugin = {
  name: 'lean libraries',
  setup(build) {
    build.onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const code = /\/@aws-sdk\/.*\/schemas_\d+\.js$/.test(path) ? withoutUnusedSchemas(text) : text;
      return { contents: `${code}\n${NO_SOURCE_MAP}` };
    });
  },
};

/**
 * A client's file of schemas has those of all its operations, as lists whose objects have computed keys: for esbuild these may
 * have effects, so that it keeps all. They have none, which it believes of a call that is marked so.
 * @see https://esbuild.github.io/api/#pure
 */
const withoutUnusedSchemas = (text: string): string =>
  text.replaceAll(
    /^((?:export )?var \w+\$? = )(\[[\s\S]*?\]);$/gm,
    (_, start: string, list: string) => `${start}/* @__PURE__ */ (() => ${list})();`,
  );

/** A source map that maps everything to the beginning of its file. Most of the bundle's map would be of libraries, whose files are all
 * that anybody looks for in a stack trace.
 * @see https://github.com/evanw/esbuild/issues/1685 */
const NO_SOURCE_MAP = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(
  JSON.stringify({ version: 3, sources: [''], mappings: 'AAAA' }),
).toString('base64')}`;

/**
 * An ES module that imports a built-in module makes Node evaluate all of its properties, the lazy ones too: `node:http` alone
 * loads all that is behind `fetch` and `WebSocket` (30 ms), `node:process` opens the standard streams. Asked for as CommonJS
 * would, built-in modules are left as lazy as they are.
 * @see https://nodejs.org/api/process.html#processgetbuiltinmoduleid
 */
export const lazyBuiltins: Plugin = {
  name: 'lazy built-ins',
  setup(build) {
    const namespace = lazyBuiltins.name;
    build.onResolve({ filter: /^[a-z:_/0-9]+$/ }, ({ path }) =>
      isBuiltin(path) ? { path: path.replace(/^(node:)?/, 'node:'), namespace } : null,
    );
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}');`,
    }));
  },
};
