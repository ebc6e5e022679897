import type { Credentials } from '../../config/credentials/credentials.ts';
import { isContainer, type Json, type JsonObject } from '../../config/json/json.ts';
import { isAmong, placesOf } from '../../config/model/places.ts';
import type { PlannedChange } from '../../plan/plan-document.ts';

/** Hides the tenant's credentials in the changes of a dry run: where they are, and where a patch copies them.
 * @param credentials of the live tenant, as SecureAuth itself tells them apart */
export function hideCredentials(
  changes: readonly PlannedChange[],
  credentials: Credentials,
): PlannedChange[] {
  const places = placesOf(Object.keys(credentials));
  const secrets = new Set(Object.values<Json>(credentials).flatMap(textsIn));
  const holdsSecret = (value: unknown) => textsIn(value as Json).some((text) => secrets.has(text));
  return changes.map(({ name, properties, ...change }) => ({
    ...change,
    ...(name !== undefined && !secrets.has(name) && { name }),
    properties: properties.map((property) =>
      isAmong(property.pointer, places) || holdsSecret(property.old) || holdsSecret(property.new)
        ? { pointer: property.pointer, secret: true }
        : property,
    ),
  }));
}

function textsIn(value: Json | undefined): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return isContainer(value) ? Object.values<Json>(value as JsonObject).flatMap(textsIn) : [];
}
