/** A secret in every known place leaks nowhere, however the export without credentials fails to hide it. */
import { describe, expect, it } from 'vitest';
import { changeBetween } from '../../../functions/audit/night-change.ts';
import { type ChangeSet, planChanges } from '../../../functions/config/change/change-set.ts';
import { planDumpChanges } from '../../../functions/config/change/dump-change-set.ts';
import { joinCredentials } from '../../../functions/config/credentials/credentials.ts';
import { dumpParts } from '../../../functions/config/export/dump-parts.ts';
import { type ExportParts, exportParts } from '../../../functions/config/export/export-parts.ts';
import { parseConfigPart, writeConfigPart } from '../../../functions/config/export/parts.ts';
import type { Json, JsonObject } from '../../../functions/config/json/json.ts';
import { SECRET_PATTERNS } from '../../../functions/config/model/credential-fields.ts';
import { isTenantBackupError } from '../../../functions/errors.ts';
import { hubPlanOf, type PlanHead, planDocumentOf } from '../../../functions/plan/plan-document.ts';
import { changesText } from '../../../functions/plan/plan-text.ts';
import { assessBlanks } from '../../../functions/state/assess-blanks.ts';
import { saidBy } from '../../rejection.ts';
import { CANARY, dumpOfPatterns, MASKS, REFUSED, replaced, treeOfPatterns } from './planted.ts';

const bytesOf = (value: Json) => Buffer.from(JSON.stringify(value));
const KEY = Buffer.alloc(32, 7);
const head = {
  tenant: 'acme',
  createdAt: '2026-02-01T10:00:00.000Z',
  softwareVersion: '0.1.0',
  otherParts: [],
  options: { mode: 'update' },
} as unknown as PlanHead;

/** Returns all that a plan shows to people. */
function shown(changes: ChangeSet): string {
  const document = planDocumentOf(
    head,
    [['hub', hubPlanOf(changes, { credentialsCompared: true, digest: null })]],
    [],
  );
  return JSON.stringify([document, changesText(document.changes), changes.problems]);
}

const secretsIn = (document: Json): number => JSON.stringify(document).split(CANARY).length - 1;

function partsOrError(tree: JsonObject, mask: Json): ExportParts | string {
  try {
    return exportParts(bytesOf(tree), bytesOf(mask));
  } catch (error) {
    if (!isTenantBackupError(error)) throw error;
    return saidBy(error);
  }
}

describe('a secret in every known place of a tree', () => {
  const tree = treeOfPatterns();

  it('fills every place of the table', () => {
    expect(secretsIn(tree)).toBeGreaterThan(SECRET_PATTERNS.length);
  });

  it.each(Object.entries(REFUSED))('is in no error where the export without credentials %s', (_, maskOf) => {
    const said = partsOrError(tree, maskOf(tree));
    expect(said).toContain('EXPORT_');
    expect(said).not.toContain(CANARY);
  });

  it.each(Object.entries(MASKS))('leaks nowhere where the export without credentials %s', (_, maskOf) => {
    const parts = partsOrError(tree, maskOf(tree)) as ExportParts;
    const bytes = Buffer.concat(writeConfigPart(parts.config, parts.credentials, KEY, parts));
    expect(bytes.toString()).not.toContain(CANARY);
    const sealed = parseConfigPart(bytes);
    expect(joinCredentials(sealed.document, parts.credentials)).toEqual(tree);
    expect(JSON.stringify([parts.blanks, parts.hidden, parts.references, parts.counts])).not.toContain(
      CANARY,
    );
    expect(JSON.stringify(changeBetween(new Map(), new Map([['hub.config', sealed]]), 'v1'))).not.toContain(
      CANARY,
    );
  });

  it('leaks in no plan, whichever side has it', () => {
    const bare = replaced(tree, () => '');
    for (const [desired, live] of [
      [tree, bare],
      [bare, tree],
      [tree, replaced(tree, (secret) => `${secret}-of-another`)],
      [tree, { name: 'T', servers: {} }],
      [{ name: 'T', servers: {} }, tree],
    ] as const) {
      for (const credentials of ['restore', 'keep'] as const) {
        expect(shown(planChanges(desired, live, { mode: 'update', credentials, prune: true }))).not.toContain(
          CANARY,
        );
      }
    }
  });

  it('is in no error about an export that hides some', () => {
    let hidden = false;
    const half = replaced(tree, (secret) => {
      hidden = !hidden;
      return hidden ? '********' : secret;
    }) as JsonObject;
    const parts = partsOrError(
      half,
      replaced(tree, () => ''),
    ) as ExportParts;
    let said = '';
    try {
      assessBlanks(parts.blanks, 'refuse');
    } catch (error) {
      said = isTenantBackupError(error) ? saidBy(error) : String(error);
    }
    expect(said).toContain('CREDENTIALS_BLANK');
    expect(said).not.toContain(CANARY);
  });
});

describe('a secret in every known place of a dump', () => {
  const dump = dumpOfPatterns();

  it('leaks neither in the configuration nor in a plan', () => {
    const parts = dumpParts(bytesOf(dump));
    const bytes = Buffer.concat(writeConfigPart(parts.config, parts.credentials, KEY, parts));
    expect(bytes.toString()).not.toContain(CANARY);
    expect(joinCredentials(parseConfigPart(bytes).document, parts.credentials)).toEqual(dump);
    const other = replaced(dump, (secret) => `${secret}-of-another`) as JsonObject;
    const { changes, problems, drift, filled } = planDumpChanges(dump, other, { mode: 'update' });
    const told = changes.map(({ properties, ...change }) => ({
      ...change,
      properties: properties.map(({ pointer, secret, ...values }) =>
        secret ? { pointer } : { pointer, ...values },
      ),
    }));
    expect(JSON.stringify([told, problems, drift, filled])).not.toContain(CANARY);
  });
});
