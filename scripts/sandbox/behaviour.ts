import { z } from 'zod';
import type { Json } from './json.ts';
import { ABSENT_OBJECTS, BLANKS, KEY_SETS, SETTINGS } from './state/import.ts';
import { TYPED } from './types/typed.ts';

const releaseSchema = z.strictObject({
  adds: z.record(z.string(), z.record(z.string(), z.custom<Json>())).default({}),
  withdraws: z.record(z.string(), z.array(z.string())).default({}),
});

/**
 * How the deployment answers where the vendor's documents leave it open. The first value of each is the default: what
 * the vendor's own tools and the few public exports suggest.
 */
export const behaviourSchema = z.strictObject({
  /** What a hub import does with objects that its document lacks. */
  absentOnImport: z.enum(ABSENT_OBJECTS).default('keep'),
  /** What a hub import does with the settings of a workspace, or of the tenant, of which its document holds only objects. */
  settingsOnImport: z.enum(SETTINGS).default('keep'),
  /** What a release of later shows: members that it adds to every object of a map or list of this name, unless they are stored,
   * and members that it withdraws. */
  release: releaseSchema.default({ adds: {}, withdraws: {} }),
  /** Access of the tenant to the hub, or the status of the refusal. */
  hub: z.enum(['on', 'off-403', 'off-404']).default('on'),
  /** How an import treats unknown members of a tenant or workspace, and unknown collections of a dump. */
  unknownMembers: z.enum(['keep', 'ignore', 'refuse']).default('keep'),
  /** Whether the tenant is stored in typed fields: zero values are shown of what was never sent. */
  typedFields: z.enum(TYPED).default('off'),
  /** Whether trees of the tenant hold the workspaces `system`, `admin` and `developer`. */
  builtInWorkspaces: z.enum(['shown', 'hidden']).default('shown'),
  /** How an export without credentials shows them: as in the one public export, all as null, or not at all. */
  redaction: z.enum(['observed', 'null', 'missing']).default('observed'),
  /** Status of a hub import with `mode=fail` that meets an object; the vendor lists no 409 there. */
  hubConflictStatus: z.union([z.literal(422), z.literal(400), z.literal(409)]).default(422),
  /** What a dump of the whole deployment holds if the query has no `tid`: all tenants, or the one called `default`. */
  rootWithoutTid: z.enum(['all', 'default']).default('all'),
  /** Most users of one identity import; more are refused with 422. 0 means any number. */
  usersPerImport: z.number().int().min(0).default(0),
  /** What a hub import with `mode=ignore` does with an object that exists. */
  ignoreMode: z.enum(['keep', 'overwrite']).default('keep'),
  /** What the hub does with a mode that it does not know: refuses the request, or takes it for another one. */
  unknownMode: z.enum(['refuse', 'ignore', 'update']).default('refuse'),
  /** Whether a hub import with `dry_run=true` writes nothing. */
  dryRun: z.enum(['honour', 'ignore']).default('honour'),
  /** What `add` (RFC 6902) of a value does at the path of a list: replaces the list, or appends to it as in the vendor's example. */
  patchAdd: z.enum(['replace', 'append']).default('replace'),
  /** Whether a merge patch of a workspace keeps what it does not name. */
  mergePatchRest: z.enum(['keep', 'drop']).default('keep'),
  /** How a patch treats an element that it removes from a dump. */
  dumpRemoval: z.enum(['delete', 'keep']).default('delete'),
  /** What an import of a dump does with elements that the dump lacks. */
  absentOnDumpImport: z.enum(['keep', 'delete']).default('keep'),
  /** What a hub import does with blank credentials of an object that exists. */
  redactedImport: z.enum(BLANKS).default('generate'),
  /** Whether a hub import keeps the key set of a workspace that it changes. */
  keySets: z.enum(KEY_SETS).default('keep'),
  /** Ids of clients that lie in other objects, after a hub import that replaces these. */
  embeddedClientIds: z.enum(['keep', 'new']).default('keep'),
  /** Whether a token with `read_configuration` may read the hub. */
  readScope: z.enum(['suffices', 'refused']).default('suffices'),
  /** Whether exports of the hub carry headers of rate limits and of the product's version. */
  headers: z.enum(['none', 'shown']).default('none'),
  /** Largest body of a hub import in bytes; a larger one is refused with 413. 0 means any size. */
  bodyLimitBytes: z.number().int().min(0).default(0),
});

export type Behaviour = z.output<typeof behaviourSchema>;
/** The members that are to change. */
export type BehaviourOrder = z.input<typeof behaviourSchema>;

/** The behaviour towards each tenant. */
export class Behaviours {
  readonly #orders: { tenantId: string; order: BehaviourOrder }[] = [];

  /** @param tenantId or `*` for all tenants; the latest order wins
   * @throws Error naming the member and its bound */
  set(tenantId: string, order: unknown): void {
    const result = behaviourSchema.partial().safeParse(order);
    if (!result.success) {
      const [issue] = result.error.issues;
      throw new Error(
        `behaviour ${issue?.path.join('.') || 'order'}: ${issue?.message.toLowerCase() ?? 'invalid'}`,
      );
    }
    // Not the parsed values: those have defaults in place of what was left out.
    this.#orders.push({ tenantId, order: order as BehaviourOrder });
  }

  of(tenantId: string): Behaviour {
    const orders = this.#orders.filter((each) => each.tenantId === '*' || each.tenantId === tenantId);
    return behaviourSchema.parse(Object.assign({}, ...orders.map(({ order }) => order)));
  }
}
