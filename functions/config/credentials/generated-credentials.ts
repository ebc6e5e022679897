import { isObject, type Json, member } from '../json/json.ts';
import type { TreeObject } from '../model/objects.ts';
import { hasBlankKeys, lacksSecret } from './blank-credentials.ts';
import { showsNoSecret } from './blank-secret.ts';

/** Finds the credentials that SecureAuth generates when it imports an object that shows none.
 * @returns their JSON Pointers */
export function generatedCredentialsOf({
  type,
  pointer,
  body,
}: Pick<TreeObject, 'type' | 'pointer' | 'body'>): string[] {
  const isBlank = (name: string) =>
    showsNoSecret(member(body, name)) || (name === 'jwks' && hasBlankKeys(body));
  const blank = (...names: string[]) => names.filter(isBlank).map((name) => `${pointer}/${name}`);
  if (type === 'tenant') return blank('jwks');
  if (type === 'server') return blank('secret', 'subject_identifier_algorithm_salt', 'jwks');
  if (type === 'client') return isObject(body) && lacksSecret(body) ? [`${pointer}/client_secret`] : [];
  const client: Json | undefined = member(body, 'client');
  return isObject(client) && lacksSecret(client) ? [`${pointer}/client/client_secret`] : [];
}
