import { TenantBackupError } from '../../errors.ts';
import { isContainer, isObject, type Json } from '../json/json.ts';
import { TENANT_SECTIONS, WORKSPACE_SECTIONS } from './sections.ts';

/** What a tree describes: a tenant with all its workspaces (TreeTenant), or one workspace (TreeServer). */
export type Shape = 'tenant' | 'workspace';

/** Members that only a workspace has, besides its sections: older releases may lack some sections. */
const WORKSPACE_SETTINGS = [
  'access_token_strategy',
  'access_token_ttl',
  'authorization_code_ttl',
  'grant_types',
  'id_token_ttl',
  'key_type',
  'profile',
  'refresh_token_ttl',
  'rotated_secrets',
  'secret',
  'subject_identifier_types',
  'token_endpoint_auth_methods',
];

const TENANT_ONLY = Object.keys(TENANT_SECTIONS).filter((name) => !(name in WORKSPACE_SECTIONS));
const WORKSPACE_ONLY = [
  ...Object.keys(WORKSPACE_SECTIONS).filter((name) => !(name in TENANT_SECTIONS)),
  ...WORKSPACE_SETTINGS,
];

/** Tells which of both has a member, if only one of them has it. Other settings are in no table. */
export const shapeOfMember = (name: string): Shape | null =>
  TENANT_ONLY.includes(name) ? 'tenant' : WORKSPACE_ONLY.includes(name) ? 'workspace' : null;

/** Tells what an export describes. It accepts unknown members.
 * @throws EXPORT_MALFORMED if it is not an object, is empty, or is neither a tenant nor a workspace (an error answer,
 *   a flat dump, an identity dump); facts name the reason, never a value */
export function shapeOf(document: Json): Shape {
  if (!isObject(document)) throw malformed(`must be an object, got ${kindOf(document)}`);
  const names = Object.keys(document);
  if (names.length === 0) throw malformed('must have members, got an empty object');
  const servers = Object.hasOwn(document, 'servers') ? document['servers'] : undefined;
  if (Array.isArray(servers)) throw malformed('must be a tree, got a flat dump (servers is a list)');
  if (isObject(servers)) return 'tenant';
  const tenant = TENANT_ONLY.filter((name) => Object.hasOwn(document, name));
  const workspace = WORKSPACE_ONLY.filter((name) => Object.hasOwn(document, name));
  const lists = [...tenant, ...workspace].filter((name) => name in SECTIONS && Array.isArray(document[name]));
  if (lists.length > 0) throw malformed(`must be a tree, got a flat dump (${lists.join(', ')})`);
  if (workspace.length > 0 && tenant.length === 0) return 'workspace';
  if (tenant.length > 0 && workspace.length === 0) return 'tenant';
  if (tenant.length > 0) {
    throw malformed(`must be a tenant or a workspace, got members of both (${tenant[0]}, ${workspace[0]})`);
  }
  throw malformed(
    `must be a tenant or a workspace, got an object with none of their members (${names.length} others)`,
  );
}

const SECTIONS = { ...TENANT_SECTIONS, ...WORKSPACE_SECTIONS };

function kindOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${isContainer(value) ? 'object' : typeof value}`;
}

const malformed = (reason: string): TenantBackupError =>
  new TenantBackupError('EXPORT_MALFORMED', `export ${reason}`, { reason });
