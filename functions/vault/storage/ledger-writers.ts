/** Which role signs which entries of the ledger. Each has a KMS key of its own: KMS cannot tell what a signature is for. */
import * as z from 'zod';
import { LEDGER_WRITERS, type LedgerWriter, SIGNED_KINDS } from '../../runtime/names.ts';

/** The keys of a deployment's ledger: for a function, those that it uses. */
export const ledgerKeysSchema = z.strictObject({
  /** Ids of KMS keys, in this account and region. */
  keys: z.partialRecord(z.enum(LEDGER_WRITERS), z.string().min(1)),
  /** The scratch tenant, whose operations drills record as well. */
  scratch: z.string().optional(),
});
export type LedgerKeys = z.infer<typeof ledgerKeysSchema>;

/** Lists the roles that may sign an entry.
 * @param key of the entry
 * @returns the usual writer first; null if entries of this kind have no signature */
export function writersOf(
  key: string,
  { scratch }: Pick<LedgerKeys, 'scratch'>,
): readonly LedgerWriter[] | null {
  const [kind = '', tenant] = key.split('/');
  const writer = (SIGNED_KINDS as Readonly<Record<string, LedgerWriter>>)[kind];
  if (writer === undefined || !Object.hasOwn(SIGNED_KINDS, kind)) return null;
  return kind === 'operations' && tenant !== undefined && tenant === scratch ? [writer, 'drill'] : [writer];
}
