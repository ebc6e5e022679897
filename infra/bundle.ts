import { join } from 'node:path';
import { DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

/** Where the entries live: `<functions>/<verb>/<verb>.lambda.ts`. */
const FUNCTIONS_DIRECTORY = join(import.meta.dirname, '..', 'functions');

/** Some libraries are CommonJS and call `require` for built-in modules, which an ES module does not have. */
const REQUIRE_BANNER =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

/** Name of the bundled module without its extension, as a Lambda handler names it. */
export const BUNDLE_NAME = 'index';

/**
 * Bundle an entry with everything it imports, the AWS SDK included, into one minified ES module. What was tested
 * is what runs, whatever SDK the runtime brings.
 *
 * What a bundle consists of, where it is large (`npm run bench -- bundle`): the AWS SDK brings all ways to credentials, of which a function
 * uses one (110 kB); the Encryption SDK brings asn1.js and bn.js for signatures (140 kB). zod is imported as a namespace
 * (`import * as z`), so that its locales stay outside.
 * @param verb for example `backup`
 * @param outputDirectory receives `index.mjs` and its source map
 */
export function bundle(
  verb: string,
  outputDirectory: string,
  functionsDirectory = FUNCTIONS_DIRECTORY,
): void {
  buildSync({
    entryPoints: [join(functionsDirectory, verb, `${verb}.lambda.ts`)],
    outfile: join(outputDirectory, `${BUNDLE_NAME}.mjs`),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE_BANNER },
    minify: true,
    // Names of classes and functions stay, as logs and stack traces show them.
    keepNames: true,
    // Stack traces name our files and lines; the sources themselves are in the repository.
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'error',
  });
}

/** The code of a function, bundled in this process: no Docker, and well under a second each. */
export function bundledCode(verb: string, functionsDirectory = FUNCTIONS_DIRECTORY): Code {
  // The folder must be the verb's own: the CDK bundles a folder once, whatever is made of it.
  return Code.fromAsset(join(functionsDirectory, verb), {
    bundling: {
      // Demanded by the type, and used only where local bundling says no.
      image: DockerImage.fromRegistry('unused'),
      local: {
        tryBundle(outputDirectory) {
          bundle(verb, outputDirectory, functionsDirectory);
          return true;
        },
      },
    },
  });
}
