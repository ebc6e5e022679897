import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { isObject, type Json, parseJson } from '../../functions/config/json/json.ts';
import { shapeOf } from '../../functions/config/model/shape.ts';
import type { Family } from './families.ts';

export interface ExampleDocument {
  readonly name: string;
  /** What it can be written as. A merge patch is for the workspace among the documents of its folder. */
  readonly kind: Family['kind'] | 'merge patch';
  readonly document: Json;
}

/** Where example documents lie: those of our own making, and those in a folder that whoever runs the tests has. */
const OWN = 'test/fixtures/documents';
const FURTHER = process.env['TENANT_BACKUP_EXAMPLES'];

/** Lists that identity dumps alone have. */
const OF_IDENTITY = ['pools', 'schemas', 'users', 'groups', 'user_credentials'];

/** The tenant that the documents are filled in for. */
export const EXAMPLE_TENANT = 'example';

/** @returns the documents of each folder */
export const exampleFolders = (): { folder: string; documents: ExampleDocument[] }[] =>
  [OWN, ...(FURTHER ? [FURTHER] : [])].map((folder) => ({
    folder,
    documents: readdirSync(folder)
      .filter((name) => /\.(json|ya?ml)$/.test(name))
      .sort()
      .map((name) => read(name, readFileSync(join(folder, name), 'utf8'))),
  }));

/** Templates in use repeat members; the last one counts. */
const LENIENT = { uniqueKeys: false };

function read(name: string, text: string): ExampleDocument {
  const document = name.endsWith('.json')
    ? parseJson(Buffer.from(text))
    : (parseYaml(filled(text), LENIENT) as Json);
  return { name, kind: kindOf(name, document), document };
}

function kindOf(name: string, document: Json): ExampleDocument['kind'] {
  if (name.includes('patch')) return 'merge patch';
  if (!isObject(document)) throw new TypeError(`${name} must hold an object`);
  const lists = Object.keys(document).filter((member) => Array.isArray(document[member]));
  if (lists.includes('tenants')) return 'root dump';
  if (lists.some((member) => OF_IDENTITY.includes(member))) return 'identity dump';
  if (lists.includes('servers') || lists.includes('clients')) return 'dump';
  return shapeOf(document) === 'tenant' ? 'tree' : 'workspace';
}

/** Fill in a template as Go's would be: every condition holds, and every value says what it is for. */
const filled = (template: string): string =>
  template
    .replace(/^.*\{\{-?\s*(?:if|else|end)\b.*\n/gm, '')
    .replace(
      /\{\{\s*readFile[^}]*?(?:indent (\d+))?\s*\}\}/g,
      (_all, spaces) => `${' '.repeat(Number(spaces ?? 0))}what the file holds`,
    )
    .replace(/\{\{\s*\.tenant_id\s*\}\}/g, EXAMPLE_TENANT)
    .replace(/\{\{\s*\.server_profile\s*\}\}/g, 'default')
    .replace(
      /\{\{\s*\.(\w+)\s*\}\}/g,
      (_all, name: string) => `the-${name.replaceAll('_', '-')}-of-the-example`,
    );
