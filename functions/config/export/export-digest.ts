/** Digests an export workspace by workspace, or collection by collection: only one at a time is in memory as values. */
import { createHmac, createSecretKey } from 'node:crypto';
import { isRuntime } from '../compare/compare-dumps.ts';
import { dumpDigest, stateDigest } from '../compare/state-digest.ts';
import { isEmpty } from '../json/blank.ts';
import { parseJson } from '../json/json.ts';
import { jsonPieces } from '../json/json-pieces.ts';
import type { Json } from '../json/json-value.ts';
import type { ExportKind } from '../model/coverage.ts';
import { DUMP_CURSOR } from '../model/dump-fields.ts';
import { shapeOf } from '../model/shape.ts';
import { cutDump } from './dump-parts.ts';
import { tenantOf, WORKSPACES } from './export-parts.ts';

/** Begins unlike the message of any fingerprint and of any other digest. */
const LABEL = 'tenant-backup export v1';

const ALL = { includes: () => true } as const;

/** Digests a whole export, credentials included. Two exports with the same digest have no difference that a comparison shows:
 * see `stateDigest` for what it ignores. It leaves runtime data out.
 * @param exported bytes of a valid export
 * @param key 32 bytes, the tenant's own
 * @returns 64 lower-case hexadecimal digits */
export function exportDigest(kind: ExportKind, exported: Uint8Array, key: Uint8Array): string {
  const lines = [...(kind === 'hub' ? treeLines(exported, key) : dumpLines(exported, key))];
  return createHmac('sha256', createSecretKey(key))
    .update([LABEL, ...lines.sort()].join('\n'))
    .digest('hex');
}

function* treeLines(exported: Uint8Array, key: Uint8Array): Generator<string> {
  const pieces = jsonPieces(exported, [WORKSPACES]);
  const tree = parseJson(pieces?.shell ?? exported);
  const shape = shapeOf(tree);
  yield lineOf('', stateDigest(tree, { shape, key, ...ALL }));
  for (const [id, workspace] of pieces?.members ?? []) {
    yield lineOf(id, stateDigest(tenantOf(id, workspace), { shape, key, ...ALL }));
  }
}

/** Counts ids that imports generate: a collection refers to objects of another by them. */
function* dumpLines(exported: Uint8Array, key: Uint8Array): Generator<string> {
  for (const dump of cutDump(exported)) {
    for (const [name, content] of Object.entries<Json>(dump)) {
      if (isRuntime(name) || isEmpty(content)) continue;
      const piece = Object.fromEntries([[name, content]]);
      yield lineOf(name, dumpDigest(piece, { key, table: DUMP_CURSOR, ...ALL }));
    }
  }
}

const lineOf = (name: string, digest: string): string => `${JSON.stringify(name)}:${digest}`;
