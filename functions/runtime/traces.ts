import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Let stack traces name our own files and lines in place of those of a bundle. Its source map is read when a trace is first asked
 * for, which for most containers is never: Node's own `--enable-source-maps` reads it at each cold start.
 * @param bundleUrl of the module that was bundled, with its map beside it; without a map, traces stay as they are
 * @see https://v8.dev/docs/stack-trace-api#customizing-stack-traces */
export function nameSourcesInTraces(bundleUrl: string): void {
  let map: SourceMap | null | undefined;
  const lineOf = (frame: NodeJS.CallSite): string => {
    const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
    if (frame.getFileName() !== bundleUrl || line === null || column === null) return String(frame);
    if (map === undefined) map = readMap(bundleUrl);
    const origin = map?.findOrigin(line, column);
    if (origin === undefined || !('fileName' in origin)) return String(frame);
    const source = `${origin.fileName.replace(/^(\.\.\/)+/, '')}:${origin.lineNumber}:${origin.columnNumber}`;
    return String(frame).replace(`${bundleUrl}:${line}:${column}`, source);
  };
  Error.prepareStackTrace = (error, frames) =>
    [headOf(error), ...frames.map((frame) => `    at ${lineOf(frame)}`)].join('\n');
}

function readMap(bundleUrl: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(bundleUrl)}.map`, 'utf8')));
  } catch {
    // A failure here would hide the one that the trace is of.
    return null;
  }
}

function headOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'Error';
  }
}
