/** What an operator should know about a transform: what it lost, left behind, and never matched. */
import type { Json } from '../json/json.ts';
import { formatPointer } from '../json/pointer.ts';
import type { Warning } from '../model/warning.ts';
import { lowerCased, mentionsWord } from './replace-names.ts';
import type { Transform } from './transform-schema.ts';
import { KEEP, mapValues } from './walk-values.ts';

/** @param used JSON Pointers of the entries that matched something
 * @param places JSON Pointers of credentials that an operator must enter again, and of mentions of the source */
export function transformWarnings(
  transform: Transform,
  used: ReadonlySet<string>,
  { lost, mentions }: { readonly lost: readonly string[]; readonly mentions: readonly string[] },
): Warning[] {
  const warning = (code: Warning['code'], pointers: readonly string[], message: string): Warning[] =>
    pointers.length === 0 ? [] : [{ code, pointers, message: `${pointers.length} ${message}` }];
  return [
    ...warning('CREDENTIALS_LOST', lost, 'credentials of other services have to be entered again'),
    ...warning('SOURCE_MENTIONED', mentions, 'values still mention the source tenant'),
    ...unmatched(entriesOf(transform).filter((entry) => !used.has(entry))),
  ];
}

const unmatched = (entries: readonly string[]): Warning[] =>
  entries.length === 0
    ? []
    : [
        {
          code: 'TRANSFORM_UNMATCHED',
          pointers: entries,
          message: `${entries.length} entries of the transform match nothing: ${entries.join(', ')}`,
        },
      ];

/** Leaves out what matches in one of several parts, and names the rest once.
 * @param parts warnings of each part */
export function unmatchedInAll(parts: readonly (readonly Warning[])[]): Warning[][] {
  const isUnmatched = ({ code }: Warning) => code === 'TRANSFORM_UNMATCHED';
  const entries = parts.map(
    (warnings) => new Set(warnings.filter(isUnmatched).flatMap(({ pointers }) => pointers)),
  );
  const [first = new Set<string>(), ...others] = entries;
  const inAll = [...first].filter((entry) => others.every((each) => each.has(entry)));
  return parts.map((warnings, index) => [
    ...warnings.filter((warning) => !isUnmatched(warning)),
    ...(index === 0 ? unmatched(inAll) : []),
  ]);
}

/** Lists the entries of a transform that should match something, by JSON Pointer. */
const entriesOf = ({ tenant, hosts, ids, replace, drop }: Transform): string[] =>
  [
    ...Object.keys(tenant).map((name) => ['tenant', name]),
    ...Object.keys(hosts).map((from) => ['hosts', from]),
    ...Object.keys(ids.workspaces).map((from) => ['ids', 'workspaces', from]),
    ...Object.keys(ids.clients).map((from) => ['ids', 'clients', from]),
    ...replace.keys().map((index) => ['replace', index]),
    ...drop.keys().map((index) => ['drop', index]),
  ].map(formatPointer);

/** Finds values and members that mention the source: a name of it that no entry gives to something else.
 * @returns JSON Pointers */
export function mentionsOf(
  tree: Json,
  { tenant, hosts, ids }: Transform,
  ofSource: readonly string[] = [],
): string[] {
  const ofTenant = tenant.id ? { [tenant.id.from]: tenant.id.to } : {};
  const given = new Set([ofTenant, hosts, ids.workspaces, ids.clients].flatMap((map) => Object.values(map)));
  const leftBehind = (names: readonly string[]) => [...new Set(names)].filter((each) => !given.has(each));
  const names = leftBehind([...[ofTenant, ids.workspaces, ids.clients].flatMap(Object.keys), ...ofSource]);
  const lowerHosts = leftBehind(Object.keys(hosts)).map(lowerCased);
  const found: string[] = [];
  if (names.length + lowerHosts.length === 0) return found;
  const isMention = (text: string) =>
    names.some((each) => mentionsWord(text, each)) ||
    lowerHosts.some((each) => mentionsWord(lowerCased(text), each));
  mapValues(tree, (value, { pointer, name: called }) => {
    if (isMention(called) || (typeof value === 'string' && isMention(value))) found.push(pointer);
    return KEEP;
  });
  return found.sort();
}
