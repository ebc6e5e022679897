import {
  filterMembers,
  isJsonObject,
  type Json,
  type JsonObject,
  mapMembers,
  objectMember,
} from '../json.ts';

/** What another release of SecureAuth shows: in every object of a map or list of this name, such as `clients`, further members
 * unless they are stored, and some that are stored not at all. */
export interface Release {
  readonly adds: Readonly<Record<string, JsonObject>>;
  readonly withdraws: Readonly<Record<string, readonly string[]>>;
}

/** A tree, or a dump, as that release exports it. */
export function asReleased(release: Release, document: JsonObject): JsonObject {
  const shown = sectionsAsReleased(release, document);
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
    const added = objectMember(release.adds, name);
    const withdrawn = release.withdraws[name] ?? [];
    const show = (object: Json): Json =>
      isJsonObject(object)
        ? filterMembers({ ...structuredClone(added), ...object }, (member) => !withdrawn.includes(member))
        : object;
    if (Array.isArray(section)) return section.map(show);
    return isJsonObject(section) && (Object.keys(added).length > 0 || withdrawn.length > 0)
      ? mapMembers(section, show)
      : section;
  });
