/** The stored form of a plan: see docs/PLANS.md. */
import * as z from 'zod';
import { tenantName } from '../backup/request.ts';
import type { ChangeSet } from '../config/change/change-set.ts';
import { CHANGE_KINDS, type Change, type PropertyChange } from '../config/change/change-types.ts';
import { sumCounts } from '../config/change/sum-counts.ts';
import { stringifyJson } from '../config/json/json.ts';
import type { Json } from '../config/json/json-value.ts';
import { parsePointer } from '../config/json/pointer.ts';
import type { Warning } from '../config/model/warning.ts';
import { parseInput } from '../parse.ts';
import { TIERS } from '../runtime/names.ts';
import { TENANT_PARTS } from '../tenant/enrolment/enrolment-schema.ts';
import { IMPORT_MODES } from '../tenant/http/import-mode.ts';
import { versionIdSchema } from '../vault/format/layout.ts';

export const PLAN_FORMAT_VERSION = 1;

/** The parts that a plan can read: people's data is sealed under a key that its role cannot use. */
export const PLANNED_PARTS = ['hub', 'system'] as const;
export type PlannedPart = (typeof PLANNED_PARTS)[number];

const text = z.string();
const time = z.iso.datetime();
const texts = z.array(text);
const count = z.int().min(0);

const stateSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('backup'),
    tenant: tenantName,
    tier: z.enum(TIERS),
    versionId: versionIdSchema,
    etag: text,
    backupId: z.string().regex(/^[0-9A-Za-z-]{1,64}$/),
    storedAt: time,
  }),
  z.strictObject({
    kind: z.literal('live'),
    tenant: tenantName,
    /** Of the enrolment: the name may be enrolled again, for another tenant. */
    issuer: text,
    exportedAt: time,
  }),
]);

const propertySchema = z.strictObject({
  pointer: text,
  old: z.unknown().optional(),
  new: z.unknown().optional(),
  /** Number of characters of its JSON, if the plan does not show the value. */
  oldCharacters: count.optional(),
  newCharacters: count.optional(),
  secret: z.boolean(),
});

const changeSchema = z.strictObject({
  type: text,
  id: text,
  workspace: text.optional(),
  pointer: text,
  name: text.optional(),
  kind: z.enum(CHANGE_KINDS),
  isDependency: z.boolean(),
  properties: z.array(propertySchema),
});

const selectorSchema = z.strictObject({
  workspaces: texts.optional(),
  resourceType: text.optional(),
  ids: texts.optional(),
  resourceQuery: z.record(text, z.union([text, z.number(), z.boolean()])).optional(),
});

export const planSchema = z.strictObject({
  format: z.literal('tenant-backup-plan'),
  formatVersion: z.literal(PLAN_FORMAT_VERSION),
  tenant: tenantName,
  createdAt: time,
  softwareVersion: text,
  /** The parts of the tenant that it covers; of the system beside the hub, only what the hub lacks. */
  parts: z.array(z.enum(PLANNED_PARTS)).min(1),
  /** Parts that the backup holds, and that it leaves out. */
  otherParts: z.array(z.enum(TENANT_PARTS)),
  desired: stateSchema,
  actual: stateSchema,
  options: z.strictObject({
    selection: z.strictObject({
      include: z.array(selectorSchema),
      exclude: z.array(selectorSchema),
      dependencies: z.enum(['add', 'report']),
    }),
    mode: z.enum(IMPORT_MODES),
    credentials: z.enum(['restore', 'keep']).nullable(),
    prune: z.boolean(),
    transform: z.record(text, z.unknown()).nullable(),
  }),
  /** Digests of the live objects that it selects, by part; none if it compares two backups. See `requireFresh`. */
  digests: z.partialRecord(
    z.enum(PLANNED_PARTS),
    z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
  ),
  /** False if the states have fingerprints of two keys: then no credential was compared. */
  credentialsCompared: z.boolean(),
  isEmpty: z.boolean(),
  counts: z.partialRecord(z.enum(CHANGE_KINDS), count),
  countsByType: z.record(text, z.partialRecord(z.enum(CHANGE_KINDS), count)),
  /** Without unchanged objects, which `counts` includes. */
  changes: z.array(changeSchema),
  leftOut: texts,
  dependencies: z.strictObject({
    added: texts,
    missing: z.array(
      z.strictObject({ type: text, id: text, pointers: texts, severity: z.enum(['error', 'warning']) }),
    ),
  }),
  credentialsDiffering: texts,
  needsCredentialChoice: z.boolean(),
  generatedCredentials: texts,
  problems: z.array(z.strictObject({ code: text, pointer: text, message: text })),
  warnings: z.array(z.strictObject({ code: text, message: text, pointers: texts })),
});

/** The changes that an operation would make. Holds configuration, and no credential: see `shownProperty`. */
export type PlanDocument = z.infer<typeof planSchema>;

/** A plan with its id: the digest of the whole document, which names it in the ledger. */
export type Plan = PlanDocument & { readonly planId: string };

export type PlannedChange = PlanDocument['changes'][number];

export type PlannedProperty = PlannedChange['properties'][number];

/** What a plan says besides the changes of its parts. */
export type PlanHead = Pick<
  PlanDocument,
  'tenant' | 'createdAt' | 'softwareVersion' | 'otherParts' | 'desired' | 'actual'
> & {
  readonly options: Omit<PlanDocument['options'], 'selection' | 'transform'> & {
    readonly selection: object;
    readonly transform: object | null;
  };
};

/** The changes of one part. */
export type PartPlan = Omit<
  PlanDocument,
  keyof PlanHead | 'format' | 'formatVersion' | 'parts' | 'digests'
> & {
  /** See `PlanDocument.digests`. */
  readonly digest: string | null;
};

/** Validates a stored plan.
 * @throws INVALID_REQUEST naming the member */
export const parsePlan = (value: unknown): PlanDocument =>
  parseInput(planSchema, value, 'plan', 'INVALID_REQUEST');

/** Makes a plan of its parts.
 * @param warnings about both states */
export function planDocumentOf(
  head: PlanHead,
  planned: readonly (readonly [part: PlannedPart, plan: PartPlan])[],
  warnings: readonly Warning[],
): PlanDocument {
  const all = planned.map(([, plan]) => plan);
  return {
    format: 'tenant-backup-plan',
    formatVersion: PLAN_FORMAT_VERSION,
    ...head,
    parts: planned.map(([part]) => part),
    digests: Object.fromEntries(
      planned.flatMap(([part, { digest }]) => (digest === null ? [] : [[part, digest]])),
    ),
    credentialsCompared: all.every(({ credentialsCompared }) => credentialsCompared),
    isEmpty: all.every(({ isEmpty }) => isEmpty),
    counts: sumCounts(all.map(({ counts }) => counts)),
    // No type of the hub has the name of a collection that the hub lacks.
    countsByType: Object.assign({}, ...all.map(({ countsByType }) => countsByType)),
    changes: all.flatMap(({ changes }) => changes),
    leftOut: all.flatMap(({ leftOut }) => leftOut),
    dependencies: {
      added: all.flatMap(({ dependencies }) => dependencies.added),
      missing: all.flatMap(({ dependencies }) => dependencies.missing),
    },
    credentialsDiffering: all.flatMap(({ credentialsDiffering }) => credentialsDiffering),
    needsCredentialChoice: all.some(({ needsCredentialChoice }) => needsCredentialChoice),
    generatedCredentials: all.flatMap(({ generatedCredentials }) => generatedCredentials),
    problems: all.flatMap(({ problems }) => problems),
    warnings: [...warnings, ...all.flatMap((plan) => plan.warnings)],
  } as PlanDocument;
}

/** Plans the hub. Leaves out the document, the target state and all else that may hold a secret. */
export const hubPlanOf = (
  changeSet: ChangeSet,
  { credentialsCompared, digest }: Pick<PartPlan, 'credentialsCompared' | 'digest'>,
): PartPlan =>
  ({
    credentialsCompared,
    digest,
    isEmpty: changeSet.isEmpty,
    counts: changeSet.counts,
    countsByType: changeSet.countsByType,
    changes: changeSet.changes.filter(({ kind }) => kind !== 'unchanged').map(shownChange),
    leftOut: changeSet.leftOut,
    dependencies: changeSet.dependencies,
    credentialsDiffering: changeSet.credentialsDiffering,
    needsCredentialChoice: changeSet.needsCredentialChoice,
    generatedCredentials: changeSet.generatedCredentials,
    problems: changeSet.problems,
    warnings: changeSet.warnings,
  }) as PartPlan;

/** Returns what a plan shows of a change. */
export const shownChange = (change: Change): PlannedChange =>
  ({ ...change, properties: change.properties.map(shownProperty) }) as PlannedChange;

/** Keeps ledger entries small; people do not read longer values. */
const MAX_SHOWN_CHARACTERS = 500;

/** Returns what a plan shows of a property. Of a credential it shows only that it differs. Of code, templates and long values it
 * shows the number of characters, as they may contain secrets. It shows all other values. */
export function shownProperty({ pointer, old, new: wanted, secret }: PropertyChange): PlannedProperty {
  const sides = { old, new: wanted };
  const shown: Record<string, unknown> = { pointer, secret };
  for (const side of ['old', 'new'] as const) {
    const value: Json | undefined = sides[side];
    if (secret || value === undefined) continue;
    const characters = stringifyJson(value).length;
    if (isCode(pointer) || characters > MAX_SHOWN_CHARACTERS) shown[`${side}Characters`] = characters;
    else shown[side] = value;
  }
  return shown as PlannedProperty;
}

/** Tells whether a property holds a script, a policy or a template. */
function isCode(pointer: string): boolean {
  const [member = '', , section = ''] = (parsePointer(pointer) ?? []).toReversed();
  return CODE.has(`${section}.${member}`);
}

const CODE: ReadonlySet<string> = new Set(['scripts.body', 'policies.definition', 'templates.content']);
