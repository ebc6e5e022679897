import { isJsonObject, type Json, type JsonObject, removeAt, replaceAt } from '../json.ts';
import { type ObjectKind, type RedactedForm, TENANT, WORKSPACE } from './model.ts';
import { mapObjects } from './walk.ts';

/** How an export without credentials shows them: each as the one public export does, all as null, or not at all. */
export type Redaction = 'observed' | 'null' | 'missing';

/** The tenant as an export with `with_credentials=false` shows it. Members that are missing stay missing. */
export const redactTenant = (tree: JsonObject, redaction: Redaction = 'observed'): JsonObject =>
  mapObjects(TENANT, tree, (kind, value) => redactObject(kind, value, redaction));

/** The workspace as an export with `with_credentials=false` shows it. */
export const redactWorkspace = (workspace: JsonObject, redaction: Redaction = 'observed'): JsonObject =>
  mapObjects(WORKSPACE, workspace, (kind, value) => redactObject(kind, value, redaction));

function redactObject(kind: ObjectKind, value: JsonObject, redaction: Redaction): JsonObject {
  return (kind.credentials ?? []).reduce<JsonObject>(
    (object, { path, redactedAs }) =>
      redaction === 'missing'
        ? (removeAt(object, path) as JsonObject)
        : (replaceAt(object, path, (secret) =>
            redaction === 'null' ? null : redacted(redactedAs, secret),
          ) as JsonObject),
    value,
  );
}

function redacted(form: RedactedForm, value: Json): Json {
  // What was never set looks the same with and without credentials.
  if (value === null) return null;
  switch (form) {
    case 'null':
      return null;
    case 'empty-string':
      return '';
    case 'blank-strings':
      return blankStrings(value);
    case 'server-keys':
      return noServerKeys();
    case 'client-keys':
      return { keys: null };
  }
}

function blankStrings(value: Json): Json {
  if (typeof value === 'string') return '';
  return isJsonObject(value) ? replaceAt(value, ['*'], blankStrings) : null;
}

/** The key set of an export without credentials: the object stays, its members are null and its counters zero. */
const noServerKeys = (): JsonObject => ({
  keys: null,
  next_signing_key: null,
  next_encryption_key: null,
  revoked_signing_keys: null,
  revoked_encryption_keys: null,
  rotated_keys_limit: 0,
  revoked_keys_limit: 0,
});
