import {
  filterMembers,
  isJsonObject,
  type Json,
  type JsonObject,
  mapMembers,
  objectMember,
} from '../json.ts';

/** What another release of SecureAuth shows: in every object of a map or list of this name, such as `clients`, further members
 * unless they are stored, and some that are stored not at all. The name `/` means the document itself. */
export interface Release {
  readonly adds: Readonly<Record<string, JsonObject>>;
  readonly withdraws: Readonly<Record<string, readonly string[]>>;
}

/** A tree, or a dump, as that release exports it. */
export function asReleased(release: Release, document: JsonObject): JsonObject {
  const shown = objectAsReleased(release, '/', sectionsAsReleased(release, document));
  const { servers } = shown;
  if (!isJsonObject(servers)) return shown;
  return {
    ...shown,
    servers: mapMembers(servers, (server) =>
      isJsonObject(server) ? sectionsAsReleased(release, server) : server,
    ),
  };
}

const sectionsAsReleased = (release: Release, holder: JsonObject): JsonObject =>
  mapMembers(holder, (section, name) => {
    if (release.adds[name] === undefined && release.withdraws[name] === undefined) return section;
    const show = (object: Json): Json =>
      isJsonObject(object) ? objectAsReleased(release, name, object) : object;
    if (Array.isArray(section)) return section.map(show);
    return isJsonObject(section) ? mapMembers(section, show) : section;
  });

const objectAsReleased = ({ adds, withdraws }: Release, name: string, object: JsonObject): JsonObject =>
  filterMembers(
    { ...structuredClone(objectMember(adds, name)), ...object },
    (member) => !(withdraws[name] ?? []).includes(member),
  );
