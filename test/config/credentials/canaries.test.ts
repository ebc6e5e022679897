/** A secret in every known place leaks nowhere, however the export without credentials fails to hide it. */
import { describe, expect, it } from 'vitest';
import { changeBetween } from '../../../functions/audit/night-change.ts';
import { type ChangeSet, planChanges } from '../../../functions/config/change/change-set.ts';
import { planDumpChanges } from '../../../functions/config/change/dump-change-set.ts';
import { joinCredentials } from '../../../functions/config/credentials/credentials.ts';
import { dumpParts } from '../../../functions/config/export/dump-parts.ts';
import { type ExportParts, exportParts } from '../../../functions/config/export/export-parts.ts';
import { parseConfigPart, writeConfigPart } from '../../../functions/config/export/parts.ts';
import { type Json, type JsonObject, member } from '../../../functions/config/json/json.ts';
import { SECRET_PATTERNS } from '../../../functions/config/model/credential-fields.ts';
import { DUMP_SECRET_PATTERNS, PEOPLE_PATTERNS } from '../../../functions/config/model/dump-fields.ts';
import { isTenantBackupError } from '../../../functions/errors.ts';
import { hubPlanOf, type PlanHead, planDocumentOf } from '../../../functions/plan/plan-document.ts';
import { changesText } from '../../../functions/plan/plan-text.ts';
import { assessBlanks } from '../../../functions/state/assess-blanks.ts';
import { saidBy } from '../../rejection.ts';

/** Short, so that no look at a text finds it: only the place tells. */
const CANARY = 'canary';
let count = 0;
const canary = (): string => `${CANARY}${count++}`;

/** Members whose entries are a list. */
const LISTS: ReadonlySet<string> = new Set([
  'keys',
  'revoked_signing_keys',
  'revoked_encryption_keys',
  'providers',
]);
/** Places whose members are secret, by their last name. */
const CONTAINERS: ReadonlySet<string> = new Set(['credentials', 'auth', 'twilio', 'vonage', 'telesign']);
const secretAt = (name: string): Json =>
  CONTAINERS.has(name)
    ? { user_name: canary(), nested: { value: canary(), list: [canary(), { more: canary() }] } }
    : name.includes('rotated')
      ? [canary(), canary()]
      : canary();

/** Lists the paths that a pattern means, with one entry for each `*`. */
function expand(pattern: string): string[][] {
  return pattern
    .split('.')
    .reduce<string[][]>(
      (paths, segment) => paths.flatMap((path) => segment.split('|').map((name) => [...path, name])),
      [[]],
    );
}

/** Puts a secret at a path.
 * @param isList tells whether a member holds a list */
function plant(
  document: Record<string, unknown>,
  path: readonly string[],
  isList: (path: readonly string[]) => boolean,
) {
  let holder = document;
  for (const [index, name] of path.entries()) {
    const key = name === '*' ? (Array.isArray(holder) ? '0' : 'one') : name;
    if (index === path.length - 1) {
      holder[key] = secretAt(name);
      return;
    }
    holder[key] ??= isList(path.slice(0, index + 1)) ? [] : {};
    holder = holder[key] as Record<string, unknown>;
  }
}

function treeOfPatterns(): JsonObject {
  const tree: Record<string, unknown> = {};
  // The table serves trees of workspaces as well: in a tenant's, what belongs to a workspace lies in one.
  const ofTenant = SECRET_PATTERNS.filter((pattern) =>
    /^(servers|jwks|mfa_methods|phone_provider_config)\b/.test(pattern),
  );
  for (const path of ofTenant.flatMap(expand)) plant(tree, path, (at) => LISTS.has(at.at(-1) ?? ''));
  return named({ name: 'T', ...tree }) as JsonObject;
}

function dumpOfPatterns(): JsonObject {
  const dump: Record<string, unknown> = {};
  for (const path of [...DUMP_SECRET_PATTERNS, ...PEOPLE_PATTERNS].flatMap(expand)) {
    if (path[0] === 'tenants') continue;
    if (path.length === 1) dump[path[0] as string] = [{ id: 'one', payload: { value: canary() } }];
    else plant(dump, path, (at) => (at.length === 1 && at[0] !== 'tenant') || LISTS.has(at.at(-1) ?? ''));
  }
  return named(dump) as JsonObject;
}

/** Gives every key its type and a public half. */
const named = (document: unknown): unknown =>
  JSON.parse(JSON.stringify(document), (_, value: Json) =>
    typeof member(value, 'd') === 'string' ? Object.assign({ kty: 'RSA', n: 'public' }, value) : value,
  );

const isSecret = (value: unknown): boolean => typeof value === 'string' && value.startsWith(CANARY);
const replaced = (tree: JsonObject, replace: (secret: string) => unknown): Json =>
  JSON.parse(JSON.stringify(tree, (_, value) => (isSecret(value) ? replace(value as string) : value)));

/** How the export without credentials can fail. */
const MASKS: Readonly<Record<string, (tree: JsonObject) => Json>> = {
  'is the one with credentials': (tree) => tree,
  'shows placeholders': (tree) => replaced(tree, () => '********'),
  'lacks the members': (tree) => replaced(tree, () => undefined),
  'shows null': (tree) => replaced(tree, () => null),
  'shows every other secret': (tree) => {
    let shown = false;
    return replaced(tree, (secret) => {
      shown = !shown;
      return shown ? secret : '';
    });
  },
  'shows other secrets': (tree) => replaced(tree, (secret) => `${secret}-of-another`),
};

/** Failures that no backup passes over. */
const REFUSED: typeof MASKS = {
  'lacks a workspace': (tree) => ({ ...tree, servers: {} }),
  'is empty': () => ({}),
  'is null': () => null,
};

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
