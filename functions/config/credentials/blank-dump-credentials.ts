import { isObject, type Json, type JsonObject, member } from '../json/json.ts';
import { DUMP_CURSOR } from '../model/dump-fields.ts';
import {
  type BlankCredential,
  blank,
  blanksOfUpstreams,
  hasBlankKeys,
  lacksSecret,
} from './blank-credentials.ts';
import { hasPlaceholder, showsNoSecret } from './blank-secret.ts';

/** Finds credentials that a dump should show and does not, as `findBlankCredentials` does in a tree. The system API
 * has no export without credentials, so that a blank one was lost on the way. In addition:
 *
 * - A script's secret without its value (`script_secret`): some releases never show these, so that it proves
 *   nothing.
 * @param dump of one tenant or of many */
export function findBlankDumpCredentials(dump: JsonObject): BlankCredential[] {
  const found: BlankCredential[] = [];
  const look = (
    type: BlankCredential['type'],
    collection: string,
    isBlankIn: (element: JsonObject) => boolean,
    name?: string,
  ): void => {
    const content = member(dump, collection);
    for (const [keys, element] of elementsOf(collection, content)) {
      if (!isObject(element) || !isBlankIn(element)) continue;
      found.push(blank(type, name === undefined ? keys : [...keys, name]));
    }
  };
  for (const tenants of ['tenant', 'tenants']) look('tenant_jwks', tenants, hasBlankKeys, 'jwks');
  look('workspace_secret', 'servers', hasBlankSecret, 'secret');
  look('workspace_jwks', 'servers', hasBlankKeys, 'jwks');
  look('client_secret', 'clients', lacksSecret);
  look('script_secret', 'secrets', (secret) =>
    ['secret', 'value'].every((name) => showsNoSecret(member(secret, name))),
  );
  found.push(...blanksOfUpstreams(dump, [], DUMP_CURSOR));
  return found;
}

/** Tells whether a user's credential in an identity dump shows nothing to authenticate with. */
export function hidesPayload(credential: Json): boolean {
  const payload = member(credential, 'payload');
  return (
    showsNoSecret(payload) || hasPlaceholder(payload as Json, '/user_credentials/0/payload', DUMP_CURSOR)
  );
}

const hasBlankSecret = (server: JsonObject): boolean => {
  const secret = member(server, 'secret');
  return secret !== undefined && showsNoSecret(secret);
};

const elementsOf = (
  collection: string,
  content: Json | undefined,
): (readonly [readonly (string | number)[], Json])[] => {
  if (content === undefined) return [];
  if (!Array.isArray(content)) return [[[collection], content]];
  return content.map((element: Json, index) => [[collection, index], element] as const);
};
