import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Metafile } from 'esbuild';

/** Where the entries live: `<functions>/<verb>/<verb>.lambda.ts`. */
const FUNCTIONS_DIRECTORY = join(import.meta.dirname, '..', 'functions');

const CHILD = join(import.meta.dirname, 'bundle-child.ts');

/** Name of the bundled module without its extension, as a Lambda handler names it. */
export const BUNDLE_NAME = 'index';

/**
 * Bundle an entry with everything it imports, the AWS SDK included, into one minified ES module. What was tested
 * is what runs, whatever SDK the runtime brings; left out is what no function can reach (`bundle-plugins.ts`).
 *
 * `npm run bench -- bundle` says what a bundle consists of. Those of dispatch and status have less than 400 kB. Those that seal or
 * open have 920 to 970, of which the AWS clients are 380, the Encryption SDK 240 and zod 106. The Encryption SDK uses three libraries
 * that are CommonJS, of which nothing can be left out: bn.js in two versions (94), asn1.js (26), readable-stream (50 with what it
 * needs). Names of functions, which logs and stack traces show, are 60. zod is imported as a namespace (`import * as z`), so that
 * its locales stay outside.
 * @param verb for example `backup`
 * @param outputDirectory receives `index.mjs` and its source map
 * @returns bytes of the bundle by the path of the file that they come from
 */
export function bundle(
  verb: string,
  outputDirectory: string,
  functionsDirectory = FUNCTIONS_DIRECTORY,
): Record<string, number> {
  const entry = join(functionsDirectory, verb, `${verb}.lambda.ts`);
  const file = join(outputDirectory, `${BUNDLE_NAME}.mjs`);
  const description = execFileSync(process.execPath, [CHILD, entry, file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  const { outputs }: Metafile = JSON.parse(description);
  const parts = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return Object.fromEntries(parts.map(([path, { bytesInOutput }]) => [path, bytesInOutput]));
}

/** The code of a function, bundled without Docker, in about a second each. */
export function bundledCode(verb: string, functionsDirectory = FUNCTIONS_DIRECTORY): Code {
  // The folder must be the verb's own: the CDK bundles a folder once, whatever is made of it.
  return Code.fromAsset(join(functionsDirectory, verb), {
    // By what comes out: most of what goes in lies elsewhere, and a change of it has to be deployed as well.
    assetHashType: AssetHashType.OUTPUT,
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
