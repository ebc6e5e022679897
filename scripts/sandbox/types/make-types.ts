/**
 * Prints the types of the vendor's descriptions (folder `spec` of its Go client), a line per structure:
 *
 *     node scripts/sandbox/types/make-types.ts hub.yaml system.yaml identitysystem.yaml > scripts/sandbox/types/types.txt
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}
type Definitions = Readonly<Record<string, Schema>>;

/** Where documents begin: the tree, and the lists of dumps that no tree holds. */
const ROOTS: readonly (readonly [api: string, definition: string, members: RegExp])[] = [
  ['hub', 'TreeTenant', /./],
  [
    'system',
    'TenantDump',
    /^(acrs|authorization_details|brute_force_limits|consents|roles|secrets|vanity_domains)$/,
  ],
  ['identity', 'TenantDump', /^(codes|group_members|groups|user.*)$/],
];

/** SAML metadata repeats itself without end, and no tenant holds it in parts. */
const OPAQUE = /^(EntityDescriptor|Element)$/;

const SCALARS: Readonly<Record<string, string>> = {
  boolean: 'b',
  integer: 'n',
  number: 'n',
  string: 's',
  array: 'l',
};

for (const [index, [api, root, members]] of ROOTS.entries()) {
  const file = process.argv[index + 2];
  if (file === undefined)
    throw new Error(`name the descriptions of ${ROOTS.map(([name]) => name).join(', ')}`);
  const { definitions } = parse(readFileSync(file, 'utf8')) as { definitions: Definitions };
  print(api, definitions, root, members);
}

function print(api: string, definitions: Definitions, root: string, members: RegExp): void {
  const names = [root];
  // Grows while it is walked.
  for (const name of names) {
    const fields = Object.entries(definitions[name]?.properties ?? {})
      .filter(([field]) => name !== root || members.test(field))
      .map(([field, schema]) => `${field}:${kindOf(schema, definitions, names)}`);
    process.stdout.write(`${api}.${name} ${fields.join(' ')}\n`);
  }
}

/** Returns a letter, or the name of a structure: by itself, in `[]` if in a list, in `{}` if in a map. */
function kindOf(schema: Schema, definitions: Definitions, names: string[]): string {
  const name = schema.$ref?.split('/').at(-1);
  const target = name === undefined ? schema : (definitions[name] ?? {});
  if (name !== undefined && OPAQUE.test(name)) return 'm';
  if (name !== undefined && target.properties !== undefined) {
    if (!names.includes(name)) names.push(name);
    return name;
  }
  const inner = target.items ?? target.additionalProperties;
  if (typeof inner === 'object') {
    const kind = kindOf(inner, definitions, names);
    if (kind.length > 1) return target.items === undefined ? `{${kind}}` : `[${kind}]`;
  }
  return target.format === 'date-time' ? 't' : (SCALARS[target.type ?? ''] ?? 'm');
}
