import { readFileSync } from 'node:fs';

/** The types of a member: a letter for a scalar, a list or an object of any content, or the name of a structure. */
export interface Field {
  readonly kind: string;
  /** The structure of the value, or of the values that a list or map holds at some depth. */
  readonly struct?: Struct;
}

/** A structure of the vendor's descriptions. */
export interface Struct {
  readonly name: string;
  readonly fields: ReadonlyMap<string, Field>;
}

const read = (): ReadonlyMap<string, Struct> => {
  const text = readFileSync(new URL('types.txt', import.meta.url), 'utf8');
  const structs = new Map<string, { name: string; fields: Map<string, Field> }>();
  const lines = text.trimEnd().split('\n');
  for (const line of lines) {
    const [name = ''] = line.split(' ');
    structs.set(name, { name, fields: new Map() });
  }
  for (const line of lines) {
    const [name = '', ...fields] = line.split(' ');
    const api = name.slice(0, name.indexOf('.') + 1);
    for (const each of fields) {
      const [field = '', kind = ''] = each.split(':');
      const struct = structs.get(api + kind.replace(/[[\]{}]/g, ''));
      structs.get(name)?.fields.set(field, { kind, ...(struct && { struct }) });
    }
  }
  return structs;
};

let structs: ReadonlyMap<string, Struct> | undefined;

/** Returns a structure of the hub (`hub.TreeTenant`), of dumps (`system.TenantDump`) or of identity dumps.
 * Source: the vendor's descriptions of its APIs, see `make-types.ts`. */
export function structOf(name: string): Struct {
  structs ??= read();
  const struct = structs.get(name);
  if (struct === undefined) throw new Error(`no structure ${name}`);
  return struct;
}
