/** Bundles one entry, in a process of its own: plugins of esbuild need to be waited for, and the CDK does not wait.
 *
 *     node infra/bundle-child.ts ENTRY FILE
 *
 * Prints what the bundle is made of, as esbuild describes it. */
import { build } from 'esbuild';
import { environmentCredentials, lazyBuiltins, leanLibraries } from './bundle-plugins.ts';

const [entry = '', outfile = ''] = process.argv.slice(2);
const { metafile } = await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  plugins: [environmentCredentials, leanLibraries, lazyBuiltins],
  minify: true,
  // Names of classes and functions stay: logs and stack traces show them, and libraries go by them (`BatchProcessor`).
  keepNames: true,
  // Stack traces name our files and lines; the sources themselves are in the repository.
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'error',
  metafile: true,
});
process.stdout.write(JSON.stringify(metafile));
